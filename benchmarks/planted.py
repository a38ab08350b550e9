"""Values to plant: secrets as their vendors draw them, put together at run time, and what only looks like one."""

# ruff: noqa: E501, ARG005, SIM905  (a table: one kind, one line)
import base64
import json
import random
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from pipewarden.pipelines.plain.checksums import base36_crc, base62_crc

LETTERS = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
BASE64 = LETTERS + "+/"
URL = LETTERS + "-_"
BASE32 = string.ascii_uppercase + "234567"
SYMBOLS = "!#%*+-.:=?@^_~"


@dataclass(frozen=True, slots=True)
class Value:
    """A value under a name that its author would give it. `kind` is what it is called in the table."""

    kind: str
    name: str
    text: str
    secret: bool


Draw = Callable[[random.Random], str]


def chars(alphabet: str, count: int) -> Draw:
    """Return what draws characters, a digit and a letter among them where the alphabet has both."""

    def draw(dice: random.Random) -> str:
        while True:
            text = "".join(dice.choices(alphabet, k=count))
            if count < 8 or (any(c.isdigit() for c in text) and any(c.isalpha() for c in text)):
                return text

    return draw


def after(prefix: str, alphabet: str, count: int, suffix: str = "") -> Draw:
    """Return what draws characters behind a prefix."""
    rest = chars(alphabet, count)
    return lambda dice: prefix + rest(dice) + suffix


def _classic(prefix: str) -> Draw:
    def draw(dice: random.Random) -> str:
        body = chars(LETTERS, 30)(dice)
        return prefix + body + base62_crc(body)

    return draw


def _routable(dice: random.Random) -> str:
    payload = base64.urlsafe_b64encode(b"o:1\nu:a9" + dice.randbytes(16) + bytes([16])).decode().rstrip("=")
    length = f"{len(payload) // 36}{(string.digits + string.ascii_lowercase)[len(payload) % 36]}"
    body = f"gl{'pat'}-{payload}.{length}"
    return body + base36_crc(body)


def web_token(dice: random.Random, claims: dict[str, str] | None = None) -> str:
    """Return a signed token (JWT)."""

    def part(data: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    head = part({"alg": dice.choice(["RS256", "HS256", "ES256"]), "typ": "JWT"})
    body = part(claims or {"iss": "https://id.acme.example", "sub": f"svc-{dice.randrange(10**6)}"})
    return f"{head}.{body}.{chars(URL, 86)(dice)}"


def _stateless(dice: random.Random) -> str:
    return f"gh{'s'}_{dice.randrange(10**5, 10**7)}_{web_token(dice)}"


def _pypi(dice: random.Random) -> str:
    raw = b"\x02\x01\x08pypi.org\x02" + dice.randbytes(120)
    return "pypi-" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _slack(dice: random.Random) -> str:
    numbers = "-".join(str(dice.randrange(10**10, 10**12)) for _ in range(2))
    return f"xo{'xb'}-{numbers}-{chars(LETTERS, 24)(dice)}"


def _uuid(dice: random.Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


WORDS = (
    "river copper lantern orbit maple thunder velvet falcon granite pepper saddle winter harbor tunnel marble".split()
)


def password(dice: random.Random) -> str:
    """Return a password as a generator makes it."""
    body = chars(LETTERS, dice.randrange(12, 25))(dice)
    at = dice.randrange(2, len(body) - 2)
    return body[:at] + dice.choice(SYMBOLS) + body[at:]


def chosen_password(dice: random.Random) -> str:
    """Return a password as a person makes it: words, digits, a mark."""
    first, second = dice.sample(WORDS, 2)
    return f"{first.title()}{dice.choice('-_!#.')}{second.translate(str.maketrans('aeo', '430'))}{dice.randrange(10, 9999)}"


SHAPED: tuple[tuple[str, str, Draw], ...] = (
    ("github_pat", "GH_TOKEN", _classic("gh" + "p_")),
    ("github_app_token", "INSTALLATION_TOKEN", _classic("gh" + "s_")),
    ("github_stateless_token", "APP_TOKEN", _stateless),
    ("github_fine_grained_pat", "RELEASE_TOKEN", lambda d: f"github{'_pat'}_{chars(LETTERS, 22)(d)}_{chars(LETTERS, 59)(d)}"),
    ("gitlab_pat", "GITLAB_TOKEN", after("gl" + "pat-", URL, 20)),
    ("gitlab_routable_token", "GL_TOKEN", _routable),
    ("gitlab_trigger_token", "TRIGGER_TOKEN", after("gl" + "ptt-", HEX, 40)),
    ("npm_token", "NPM_TOKEN", _classic("np" + "m_")),
    ("pypi_token", "TWINE_PASSWORD", _pypi),
    ("rubygems_token", "GEM_HOST_API_KEY", after("ruby" + "gems_", HEX, 48)),
    ("nuget_key", "NUGET_API_KEY", after("oy" + "2", LOWER, 43)),
    ("docker_hub_token", "DOCKERHUB_TOKEN", after("dckr" + "_pat_", URL, 27)),
    ("slack_token", "SLACK_BOT_TOKEN", _slack),
    ("slack_webhook", "SLACK_WEBHOOK_URL", lambda d: f"https://hooks.slack.{'com'}/services/T{chars(UPPER, 9)(d)}/B{chars(UPPER, 9)(d)}/{chars(LETTERS, 24)(d)}"),
    ("stripe_key", "STRIPE_SECRET_KEY", after("sk" + "_live_", LETTERS, 24)),
    ("aws_access_key_id", "AWS_ACCESS_KEY_ID", after("AK" + "IA", BASE32, 16)),
    ("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", chars(BASE64, 40)),
    ("google_api_key", "MAPS_API_KEY", after("AI" + "za", URL, 35)),
    ("google_oauth_secret", "OAUTH_CLIENT_SECRET", after("GO" + "CSPX-", URL, 28)),
    ("azure_storage_key", "AZURE_STORAGE_CONNECTION_STRING", lambda d: f"DefaultEndpointsProtocol=https;AccountName=acme;Account{'Key'}={chars(BASE64, 86)(d)}==;EndpointSuffix=core.windows.net"),
    ("azure_client_secret", "AZURE_CLIENT_SECRET", lambda d: f"{chars(LETTERS, 3)(d)}8Q~{chars(LETTERS, 34)(d)}"),
    ("azure_devops_token", "SYSTEM_ACCESSTOKEN", lambda d: f"{chars(LETTERS, 76)(d)}AZ{'DO'}{chars(LETTERS, 4)(d)}"),
    ("sendgrid_key", "SENDGRID_API_KEY", lambda d: f"S{'G'}.{chars(URL, 22)(d)}.{chars(URL, 43)(d)}"),
    ("twilio_key", "TWILIO_API_KEY", after("S" + "K", HEX, 32)),
    ("digitalocean_token", "DIGITALOCEAN_TOKEN", after("dop" + "_v1_", HEX, 64)),
    ("hugging_face_token", "HF_TOKEN", lambda d: "h" + "f_" + "".join(d.choices(string.ascii_letters, k=34))),
    ("openai_key", "OPENAI_API_KEY", lambda d: f"sk-{'proj'}-{chars(URL, 74)(d)}T3Blbk{'FJ'}{chars(URL, 74)(d)}"),
    ("anthropic_key", "ANTHROPIC_API_KEY", lambda d: f"sk-{'ant'}-api03-{chars(URL, 93)(d)}AA"),
    ("vault_token", "VAULT_TOKEN", after("hv" + "s.", URL, 95)),
    ("grafana_cloud_token", "GRAFANA_TOKEN", after("gl" + "c_", BASE64, 120)),
    ("sentry_token", "SENTRY_AUTH_TOKEN", after("snt" + "ryu_", HEX, 64)),
    ("sonar_token", "SONAR_TOKEN", after("sq" + "p_", HEX, 40)),
    ("terraform_cloud_token", "TF_TOKEN_app_terraform_io", lambda d: f"{chars(LETTERS, 14)(d)}.atlas{'v1'}.{chars(URL, 67)(d)}"),
    ("databricks_token", "DATABRICKS_TOKEN", after("da" + "pi", HEX, 32)),
    ("linear_key", "LINEAR_API_KEY", after("lin" + "_api_", LETTERS, 40)),
    ("postman_key", "POSTMAN_API_KEY", lambda d: f"PM{'AK'}-{chars(HEX, 24)(d)}-{chars(HEX, 34)(d)}"),
    ("json_web_token", "SERVICE_JWT", web_token),
)  # fmt: skip
"""As their vendors write them down; each kind with the name that pipelines give it."""

NAMED: tuple[tuple[str, str, Draw], ...] = (
    ("generated password", "DB_PASSWORD", password),
    ("generated password", "deploy_password", password),
    ("generated password", "KEYSTORE_PASS", password),
    ("chosen password", "ADMIN_PASSWORD", chosen_password),
    ("chosen password", "smtp_password", chosen_password),
    ("chosen password", "SSH_PASSPHRASE", chosen_password),
    ("unshaped token", "DEPLOY_TOKEN", chars(LETTERS, 40)),
    ("unshaped token", "CODECOV_TOKEN", _uuid),
    ("unshaped token", "registryAuthToken", chars(URL, 32)),
    ("unshaped key", "DATADOG_API_KEY", chars(HEX, 32)),
    ("unshaped key", "algolia_admin_key", chars(HEX, 32)),
    ("unshaped key", "CLOUDFLARE_API_KEY", chars(HEX, 37)),
    ("unshaped secret", "CLIENT_SECRET", chars(LETTERS, 36)),
    ("unshaped secret", "jwt_secret", chars(BASE64, 44)),
    ("unshaped secret", "COOKIE_SECRET", chars(HEX, 64)),
    ("unshaped secret", "WEBHOOK_SECRET", chars(HEX, 40)),
)
"""Without any vendor's form: the name alone tells."""


def _of_words(dice: random.Random) -> str:
    return "-".join(dice.sample(WORDS, 3))


FALSE: tuple[tuple[str, str, Draw], ...] = (
    ("name of a secret", "SECRET_NAME", _of_words),
    ("name of a secret", "secretName", lambda d: f"{d.choice(WORDS)}-tls"),
    ("name of a secret", "credentialsId", lambda d: f"{d.choice(WORDS)}-deploy-key"),
    ("name of a secret", "token_secret", lambda d: f"{d.choice(WORDS).upper()}_API_TOKEN"),
    ("name of a secret", "API_TOKEN", lambda d: f"{d.choice(WORDS)}-api-token"),
    ("reference", "API_TOKEN", lambda d: f"${{{{ secrets.{d.choice(WORDS).upper()}_TOKEN }}}}"),
    ("reference", "DB_PASSWORD", lambda d: f"${d.choice(WORDS).upper()}_PASSWORD"),
    ("reference", "DB_PASSWORD", lambda d: f"$({d.choice(WORDS)}-db-password)"),
    ("reference", "API_KEY", lambda d: f"vault:secret/data/{d.choice(WORDS)}#api_key{d.randrange(9)}"),
    ("reference", "API_KEY", lambda d: f"op://ci/{d.choice(WORDS)}/credential{d.randrange(99)}"),
    ("reference", "SIGNING_KEY", lambda d: f"arn:aws:secretsmanager:eu-west-1:{d.randrange(10**11, 10**12)}:secret:{d.choice(WORDS)}-{chars(LETTERS, 6)(d)}"),
    ("reference", "AUTH_TOKEN", lambda d: f"{{{{ .Values.{d.choice(WORDS)}.token{d.randrange(9)} }}}}"),
    ("reference", "PASSWORD_FILE", lambda d: f"/run/secrets/{d.choice(WORDS)}_password"),
    ("commit", "COMMIT_SHA", chars(HEX, 40)),
    ("commit", "TOKENIZER_REVISION", chars(HEX, 40)),
    ("commit", "CACHE_KEY", lambda d: f"v2-deps-{chars(HEX, 40)(d)}"),
    ("checksum", "TOKEN_TOOL_SHA256", chars(HEX, 64)),
    ("checksum", "checksum", lambda d: f"sha256:{chars(HEX, 64)(d)}"),
    ("checksum", "integrity", lambda d: f"sha512-{chars(BASE64, 86)(d)}=="),
    ("checksum", "KEYRING_DIGEST", chars(HEX, 64)),
    ("image", "AUTH_IMAGE", lambda d: f"registry.acme.example/{d.choice(WORDS)}/auth@sha256:{chars(HEX, 64)(d)}"),
    ("label", "runner_label", lambda d: f"linux-{d.choice(WORDS)}-{d.randrange(64)}core"),
    ("label", "key", lambda d: f"{d.choice(WORDS)}-{d.randrange(99)}"),
    ("label", "authentication", lambda d: d.choice(["oidc", "workload-identity", "kubernetes"])),
    ("address", "TOKEN_URL", lambda d: f"https://id.acme.example/{_uuid(d)}/oauth2/token"),
    ("address", "SECRETS_ENDPOINT", lambda d: f"https://vault.{d.choice(WORDS)}.example:8200"),
    ("placeholder", "API_KEY", lambda d: d.choice(["changeme", "<your-api-key>", "YOUR_API_KEY_HERE", "xxxxxxxxxxxxxxxxxxxx"])),
    ("placeholder", "PASSWORD", lambda d: d.choice(["password", "changeit", "example", "secret", "********"])),
    ("placeholder", "GH_TOKEN", lambda d: "gh" + "p_" + "x" * 36),
    ("placeholder", "AWS_ACCESS_KEY_ID", lambda d: "AK" + "IAIOSFODNN7" + "EXAMPLE"),
    ("lookalike", "GH_TOKEN", after("gh" + "p_", LETTERS, 36)),
    ("lookalike", "NPM_TOKEN", after("np" + "m_", LETTERS, 36)),
    ("lookalike", "CLIENT_ID", _uuid),
    ("lookalike", "TENANT_ID", _uuid),
    ("lookalike", "GPG_KEY", chars("0123456789ABCDEF", 40)),
    ("lookalike", "SSH_PUBLIC_KEY", lambda d: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{chars(BASE64, 43)(d)}"),
    ("lookalike", "PUBLIC_KEY", lambda d: f"MCowBQYDK2VwAyEA{chars(BASE64, 43)(d)}="),
    ("lookalike", "sample_jwt", lambda d: web_token(d, {"sub": "1234567890", "name": "John Doe"})),
    ("lookalike", "PASSWORD_MIN_LENGTH", lambda d: str(d.randrange(8, 99))),
    ("lookalike", "TOKEN_TTL", lambda d: f"{d.randrange(1, 99)}h"),
    ("lookalike", "SECRET_VERSION", lambda d: f"v{d.randrange(99)}.{d.randrange(99)}.{d.randrange(99)}"),
    ("lookalike", "keyboard_layout", chars(LOWER, 24)),
)  # fmt: skip
"""What stands in the same places and is none."""


def values(dice: random.Random, each: int) -> list[Value]:
    """Return so many values of every row of the tables."""
    out = []
    for table, secret in ((SHAPED, True), (NAMED, True), (FALSE, False)):
        for kind, name, draw in table:
            out += [Value(kind, name, draw(dice), secret) for _ in range(each)]
    return out
