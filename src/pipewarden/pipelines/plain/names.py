"""What a name says about its value: a password, a secret, perhaps one, or something about a secret that is none."""

# ruff: noqa: SIM905  (lists of words read best as text)
import re
from enum import IntEnum
from functools import lru_cache

MAX_NAME = 200
"""Characters of a name that are read."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Says(IntEnum):
    """What a name says."""

    NOTHING = 0
    """No word about secrets, or about something else than the secret itself: its name, file, length."""
    PERHAPS = 1
    """`key`, `auth`, `cookie`: secret only where the value looks random."""
    SECRET = 2
    """A token, a key of access, a secret."""
    PASSWORD = 3
    """A password: people choose these, so that even a word can be one."""


_PASSWORDS = frozenset({"password", "passwd", "passphrase", "pwd", "pass", "passcode", "pw", "userpass", "passw"})
_SECRETS = frozenset(
    {"secret", "token", "apikey", "credential", "credentials", "creds", "pat", "psk", "jwt", "accesskey", "secretkey",
     "privatekey", "authkey", "authtoken", "accesstoken", "bearer", "otp", "secrets", "dsn"}
)  # fmt: skip
_PERHAPS = frozenset(
    {"key", "keys", "auth", "authorization", "authentication", "cookie", "session", "signature", "sig", "salt", "seed",
     "license", "licence", "webhook", "hook", "sas", "cert", "certificate", "login", "access", "api", "basic",
     "encryption", "hmac", "pin", "connection", "conn", "tokens"}
)  # fmt: skip
_OF_KEYS = frozenset(
    {"api", "access", "secret", "private", "auth", "account", "encryption", "encrypt", "signing", "sign", "master",
     "shared", "storage", "license", "service", "app", "application", "client", "admin", "integration", "write",
     "ingest", "ingestion", "hmac", "crypto", "cipher", "session", "jwt", "subscription", "function", "host", "site",
     "deploy", "deployment", "server", "ssh", "rsa", "dsa", "gpg", "pgp", "root", "unseal", "recovery", "decryption",
     "developer", "dev", "user", "rest", "data", "aes", "consumer", "wif"}
)  # fmt: skip
"""What stands before `key` where it opens something."""
_ABOUT = frozenset(
    """name names id ids pid uid gid guid uuid file files filename path paths dir directory folder url urls uri uris endpoint endpoints host
    hostname port type types kind ref refs reference arn arns version versions length len size count limit limits quota ttl
    expiry expires expiration lifetime age max min header headers prefix suffix issuer audience policy policies role roles
    user username email env var vars variable variables selector store stores storage manager engine provider providers class
    template format encoding algorithm alg method mode scheme location region zone description desc title label labels
    comment comments message msg hint pattern regex field fields column index enabled disabled required optional rotation
    interval timeout days hours minutes seconds date time at scope scopes permission permissions owner group groups
    generator service services server check checks scan scanner scanning detection detector baseline validator validation
    strength script command cmd action step job output outputs input inputs present exists missing set configured needed
    mount mounts volume volumes binding annotation annotations hash checksum digest fingerprint thumbprint sha sha256 md5
    ring ringfile keyring board words word inherit list lists map names source sources backend config configuration
    settings options option spec usage budget bucket table queue topic default-name from to for by in on of status state
    state-name reset request requests response form page link links note notes docs doc example examples sample test tests
    schema model rule rules manager-name item items object objects entry entries number num line lines text placeholder
    subject issuerurl rotate revoke create delete update read reader writer mask masked masking parameter parameters param
    params property alias aliases creator generation provisioner process handler helper file-name flag flags support
    supported behavior behaviour strategy family regexp matcher prompt bytes bits character characters chars cost
    rounds retry retries attempt attempts history change changed updated""".split()
)
"""Last words of names that speak about a secret and do not hold it."""
_NOT = frozenset(
    """public cache caches restore primary foreign sort partition known keyboard keyword keywords tokenizer tokenize num max
    min skip without show has is require requires required allow allows enable enables enabled disable disabled needs hide
    print validate verify check scan mask ignore exclude excludes publishable sitekey publickey hash hashes sha checksum
    integrity digest commit revision hostkey hotkey shortcut idempotency row column dimension group kms lookup
    annotation label context path filename completion prompt input output cached regex regexp pattern patterns""".split()
)
"""Words that take a name out of question wherever they stand."""
_TAILS = ("password", "passwd", "passphrase")
_SECRET_TAILS = (
    "token",
    "secret",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "authkey",
    "masterkey",
    "skey",
    "credential",
    "credentials",
)


@lru_cache(maxsize=16384)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `myApp_API-key2` gives my, app, api, key, 2."""
    return tuple(word.lower() for word in _WORD.findall(name[-MAX_NAME:]))


@lru_cache(maxsize=16384)
def is_about(name: str) -> bool:
    """Tell whether a name speaks of something about a secret, or of what only has such a word: its id, digest, length."""
    words = [word for word in words_of(name) if not word.isdigit()]
    return bool(words) and (words[-1] in _ABOUT or words[0] == "no" or not _NOT.isdisjoint(words))


@lru_cache(maxsize=16384)
def says(name: str) -> Says:
    """Judge a name by its words."""
    words = [word for word in words_of(name) if not word.isdigit()]
    if not words or is_about(name):
        return Says.NOTHING
    return max(_word(words, at) for at in range(len(words)))


def _word(words: list[str], at: int) -> Says:
    """Judge one word of a name beside its neighbours."""
    word = words[at]
    is_last = at >= len(words) - 2
    if word in _PASSWORDS or word.endswith(_TAILS):
        # `pass` alone is a verb: `pass_filenames`, `two_pass`
        return Says.PASSWORD if word not in {"pass", "pw"} or is_last else Says.NOTHING
    if word in {"key", "keys"} and at and words[at - 1] in _OF_KEYS:
        return Says.SECRET
    if word in _SECRETS or word.endswith(_SECRET_TAILS):
        return Says.SECRET if is_last else Says.PERHAPS
    if word in _PERHAPS or word.endswith("key"):
        return Says.PERHAPS
    return Says.NOTHING


_STORES = frozenset(
    """postgres postgresql pg pgpassword mysql mariadb mongo mongodb redis rabbitmq amqp db database sql mssql sa root
    oracle clickhouse neo4j neo elastic elasticsearch opensearch minio test tests testing cassandra couchdb couchbase influx
    influxdb influxdb2 keycloak ldap slapd vertica presto trino activemq artemis kafka ftp sftp samba nats localstack
    cockroach timescale surrealdb arango arangodb dgraph firebird db2 hana mysqlx valkey memcached mail smtp initdb
    grafana kibana vnc dev local localhost ci pgadmin phpmyadmin sonarqube gitea nexus adminer wordpress drupal""".split()
)


def of_a_test_store(name: str) -> bool:
    """Tell whether a name belongs to a database or a service that pipelines and compose files start to throw away."""
    words = words_of(name)
    return not _STORES.isdisjoint(words) or any(word.startswith(("pgpass", "mysql")) for word in words)
