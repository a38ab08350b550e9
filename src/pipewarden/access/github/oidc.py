"""placeholder, replaced below"""


def trust_accepts(trust, repository, owner):  # type: ignore
    return False
