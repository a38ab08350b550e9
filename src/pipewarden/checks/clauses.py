"""The standards a check speaks to, written as the catalogue writes them."""

import re
from typing import NamedTuple, TypedDict


class Section(NamedTuple):
    """What every check of a section of the catalogue speaks to: NIST SP 800-53 controls and SOC 2 criteria."""

    nist: tuple[str, ...]
    soc2: tuple[str, ...]


class Clauses(TypedDict):
    """The keyword arguments of `check` that name standards."""

    cis: tuple[str, ...]
    owasp: tuple[str, ...]
    nist: tuple[str, ...]
    soc2: tuple[str, ...]


PEOPLE = Section(("AC-2", "AC-2(1)", "IA-2(1)", "IA-2(2)"), ("CC6.1", "CC6.2"))
ADMINISTRATORS = Section(("AC-5", "AC-6", "AC-6(1)", "AC-6(5)"), ("CC6.3",))
OUTSIDERS = Section(("AC-2", "AC-3", "AC-17"), ("CC6.2", "CC6.3"))
MACHINES = Section(("AC-2", "AC-6", "IA-5", "IA-5(1)"), ("CC6.1", "CC6.3"))
JENKINS = Section(("AC-2", "AC-3", "AC-6", "IA-5", "CM-7"), ("CC6.1", "CC6.3"))
SETTINGS = Section(("AC-3", "AC-6", "CM-6"), ("CC6.1", "CC8.1"))


def clauses(section: Section, mapping: str = "") -> Clauses:
    """Return the clauses of a check: its own first, then those of its section.

    `mapping` is a line such as `C1.3.5 O2 IA-2(1) CC6.3`: C and digits name the CIS Software Supply Chain guide,
    O and digits the OWASP CI/CD risk of that number, CC and digits a SOC 2 criterion, anything else a NIST control.
    """
    words = mapping.split()
    soc2 = [word for word in words if re.fullmatch(r"CC\d.*", word)]
    cis = [word[1:] for word in words if re.fullmatch(r"C\d+(\.\d+)+", word)]
    owasp = [f"CICD-SEC-{word[1:]}" for word in words if re.fullmatch(r"O\d+", word)]
    nist = [word for word in words if re.fullmatch(r"[A-Z]{2}-\d+(\(\d+\))?", word)]
    return Clauses(
        cis=tuple(cis),
        owasp=tuple(owasp),
        nist=tuple(dict.fromkeys((*nist, *section.nist))),
        soc2=tuple(dict.fromkeys((*soc2, *section.soc2))),
    )
