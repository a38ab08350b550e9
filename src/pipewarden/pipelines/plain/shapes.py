"""The shapes of providers' secrets, one row each, with the vendor's page; patterns are bounded so that none runs away."""

# ruff: noqa: E501  (a table: one shape, one line)
from collections.abc import Callable
from functools import cache
from re import Pattern
from re import compile as compile_pattern

from msgspec import Struct

from pipewarden.pipelines.plain import checksums


class Shape(Struct, frozen=True):
    """One kind of secret: `anchors` are texts each of which stands in it, `back` characters after its start.

    `check` verifies a checksum or structure. `strict`: what fails it is none of this vendor's, or never was one.
    """

    kind: str
    title: str
    anchors: tuple[str, ...]
    pattern: str
    source: str
    check: Callable[[str], bool] | None = None
    strict: bool = True
    back: int = 0


GITHUB = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats"
GITLAB = "https://docs.gitlab.com/security/tokens/#token-prefixes"
PARTNERS = "https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns"
"""GitHub's list of the tokens that vendors asked it to look for: the page where a vendor describes no format itself."""
_W = r"[A-Za-z0-9]"
_B = r"[\w-]"
_H = r"[0-9a-f]"

_SNOWFLAKES = tuple(
    f"{one}{two}{three}"
    for one in (*(f"M{each}" for each in "Tjz"), *(f"N{each}" for each in "DTjz"), *(f"O{each}" for each in "DT"))
    for two in "AEIMQUYcgk"
    for three in "wxyz012345"
)
"""How a number in Base64 begins, by its first three digits: a token of Discord's bots begins with the bot's id.
https://discord.com/developers/docs/reference#snowflakes"""

SHAPES: tuple[Shape, ...] = (
    Shape("github_stateless_token", "installation token of a GitHub App (stateless)", ("ghs_",),
          r"ghs_\d{1,12}_eyJ[\w-]{10,1500}+\.[\w-]{10,3000}+\.[\w-]{10,1500}+", GITHUB, checksums.github_stateless),
    Shape("github_pat", "GitHub personal access token (classic)", ("ghp_",), rf"ghp_{_W}{{36}}", GITHUB, checksums.github_classic),
    Shape("github_oauth_token", "GitHub OAuth access token", ("gho_",), rf"gho_{_W}{{36}}", GITHUB, checksums.github_classic),
    Shape("github_user_token", "user token of a GitHub App", ("ghu_",), rf"ghu_{_W}{{36}}", GITHUB, checksums.github_classic),
    Shape("github_app_token", "installation token of a GitHub App", ("ghs_",), rf"ghs_{_W}{{36}}", GITHUB, checksums.github_classic),
    Shape("github_refresh_token", "refresh token of a GitHub App", ("ghr_",), rf"ghr_(?:{_W}{{76}}|{_W}{{36}})", GITHUB, checksums.github_classic),
    Shape("github_fine_grained_pat", "GitHub personal access token (fine-grained)", ("github_pat_",),
          rf"github_pat_{_W}{{22}}_{_W}{{59}}", GITHUB, checksums.github_fine_grained, strict=False),
    Shape("gitlab_routable_token", "GitLab token (routable)",
          ("glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-", "glffct-"),
          r"gl(?:pat|dt|rtr?|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w-]{27,300}+\.(?:[0-9a-z]{2}\.)?[0-9a-z]{9}", GITLAB,
          checksums.gitlab_routable),
    Shape("gitlab_pat", "GitLab personal, project or group access token", ("glpat-",), r"glpat-[\w-]{20}(?![.\w-])", GITLAB),
    Shape("gitlab_deploy_token", "GitLab deploy token", ("gldt-",), r"gldt-[\w-]{20}(?![.\w-])", GITLAB),
    Shape("gitlab_runner_token", "GitLab runner authentication token", ("glrt-", "glrtr-"), r"glrtr?-(?:t\d_)?[\w-]{20}(?![.\w-])", GITLAB),
    Shape("gitlab_runner_registration", "GitLab runner registration token", ("GR1348941",), r"GR1348941[\w-]{20}(?![\w-])", GITLAB),
    Shape("gitlab_job_token", "GitLab CI/CD job token", ("glcbt-",), r"glcbt-[0-9a-zA-Z]{1,5}_[\w-]{20}", GITLAB),
    Shape("gitlab_trigger_token", "GitLab pipeline trigger token", ("glptt-",), r"glptt-[0-9a-f]{40}(?![\w-])", GITLAB),
    Shape("gitlab_feed_token", "GitLab feed token", ("glft-",), r"glft-[\w-]{20,64}", GITLAB),
    Shape("gitlab_mail_token", "GitLab incoming mail token", ("glimt-",), r"glimt-[\w-]{25}(?![\w-])", GITLAB),
    Shape("gitlab_agent_token", "GitLab agent token for Kubernetes", ("glagent-",), r"glagent-[\w-]{50,1024}", GITLAB),
    Shape("gitlab_oauth_secret", "GitLab OAuth application secret", ("gloas-",), r"gloas-[\w-]{64}", GITLAB),
    Shape("gitlab_scim_token", "GitLab SCIM token", ("glsoat-",), r"glsoat-[\w-]{20}(?![\w-])", GITLAB),
    Shape("gitlab_feature_flag_token", "GitLab feature flags client token", ("glffct-",), r"glffct-[\w-]{20,64}", GITLAB),
    Shape("npm_token", "npm access token", ("npm_",), rf"npm_{_W}{{36}}",
          "https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/", checksums.github_classic),
    Shape("pypi_token", "PyPI API token", ("pypi-AgE",), r"pypi-AgE[\w-]{50,2000}", "https://packaging.python.org/en/latest/specifications/pypirc/", checksums.pypi_macaroon, strict=False),
    Shape("rubygems_token", "RubyGems API key", ("rubygems_",), rf"rubygems_{_H}{{48}}", "https://guides.rubygems.org/api-key-scopes/"),
    Shape("crates_io_token", "crates.io API token", ("cio",), rf"(?<![\w./-])cio{_W}{{32}}(?=[\"'\s]|$)", "https://doc.rust-lang.org/cargo/reference/publishing.html"),
    Shape("nuget_key", "NuGet API key", ("oy2",), r"(?<![\w./-])oy2[a-z0-9]{43}", "https://learn.microsoft.com/en-us/nuget/nuget-org/scoped-api-keys"),
    Shape("clojars_token", "Clojars deploy token", ("CLOJARS_",), r"CLOJARS_[a-z0-9]{60}", "https://github.com/clojars/clojars-web/wiki/Deploy-Tokens"),
    Shape("docker_hub_token", "Docker Hub access token", ("dckr_pat_", "dckr_oat_"), r"dckr_[po]at_[\w-]{27,32}", "https://docs.docker.com/security/access-tokens/"),
    Shape("slack_token", "Slack token", ("xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxe-", "xoxe.", "xoxc-", "xoxd-"),
          r"xox(?:[bpaso]-(?:\d{8,14}-){1,3}[A-Za-z0-9]{16,48}|[ar]-(?:\d-)?(?:(?:\d{8,14}-){2,3}[A-Za-z0-9]{16,64}|(?=\w{0,40}\d)[A-Za-z0-9]{24,64})|[cd]-[\w%-]{40,250}|e(?:-\d-|\.xox[bp]-\d-)(?=[\w-]{0,60}\d)[\w-]{100,250})", "https://docs.slack.dev/authentication/tokens/"),
    Shape("slack_app_token", "Slack app-level token", ("xapp-",), r"xapp-\d-[A-Z0-9]{6,14}-\d{6,16}-[a-z0-9]{40,80}", "https://docs.slack.dev/authentication/tokens/"),
    Shape("slack_webhook", "Slack incoming webhook", ("hooks.slack.com/",),
          r"hooks\.slack\.com/(?:services/T\w{6,14}/B\w{6,14}/\w{20,32}|(?:workflows|triggers)/[A-Z]\w{6,14}/[\w/]{20,90})",
          "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/"),
    Shape("discord_bot_token", "token of a Discord bot", _SNOWFLAKES, r"[MNO][A-Za-z0-9]{22,25}\.[\w-]{6}\.[\w-]{27,38}", "https://discord.com/developers/docs/reference#authentication",
          checksums.discord_bot),
    Shape("discord_webhook", "Discord webhook", ("/api/webhooks/",), r"/api/webhooks/\d{17,20}/[\w-]{60,70}", "https://discord.com/developers/docs/resources/webhook"),
    Shape("teams_webhook", "Microsoft Teams webhook", (".webhook.office.com/", "outlook.office.com/webhook/"),
          r"(?:\.webhook|outlook)\.office\.com/webhook(?:b2)?/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}",
          "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook"),
    Shape("telegram_bot_token", "Telegram bot token", (":AA",), r"(?<!\d)\d{8,10}:AA[\w-]{33}", "https://core.telegram.org/bots/api#authorizing-your-bot", back=10),
    Shape("stripe_key", "Stripe secret or restricted key (live)", ("sk_live_", "rk_live_", "sk_prod_", "rk_prod_"), rf"[sr]k_(?:live|prod)_{_W}{{16,247}}", "https://docs.stripe.com/keys"),
    Shape("stripe_test_key", "Stripe secret or restricted key (test mode)", ("sk_test_", "rk_test_"), rf"[sr]k_test_{_W}{{16,247}}", "https://docs.stripe.com/keys"),
    Shape("stripe_webhook_secret", "Stripe webhook signing secret", ("whsec_",), r"whsec_[A-Za-z0-9+/=]{32,64}", "https://docs.stripe.com/webhooks/signature"),
    Shape("square_token", "Square access token", ("sq0atp-", "sq0csp-"), r"sq0[ac]?[ts]p-[\w-]{22,43}", "https://developer.squareup.com/docs/build-basics/access-tokens"),
    Shape("square_access_token", "Square access token", ("EAAA",), r"EAAA[\w-]{60}(?![\w-])", "https://developer.squareup.com/docs/build-basics/access-tokens"),
    Shape("braintree_token", "Braintree access token", ("access_token$",), r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}", PARTNERS),
    Shape("aws_access_key_id", "AWS access key id", ("AKIA", "ASIA", "ABIA", "ACCA"), r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9/+])",
          "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes"),
    Shape("aws_bedrock_key", "Amazon Bedrock API key", ("ABSK",), r"ABSK[A-Za-z0-9+/]{109,269}={0,2}", "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"),
    Shape("aws_mws_token", "Amazon Marketplace token", ("amzn.mws.",), r"amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", PARTNERS),
    Shape("google_api_key", "Google API key", ("AIza",), r"AIza[\w-]{35}(?![\w-])", "https://cloud.google.com/docs/authentication/api-keys"),
    Shape("google_oauth_secret", "Google OAuth client secret", ("GOCSPX-",), r"GOCSPX-[\w-]{28}", "https://developers.google.com/identity/protocols/oauth2"),
    Shape("google_oauth_token", "Google OAuth access token", ("ya29.",), r"ya29\.[\w-]{30,400}", "https://cloud.google.com/docs/authentication/token-types"),
    Shape("gcp_hmac_key", "Google Cloud Storage HMAC key id", ("GOOG",), r"GOOG[A-Z0-9]{20}(?:[A-Z0-9]{37})?(?![A-Za-z0-9])", "https://cloud.google.com/storage/docs/authentication/hmackeys"),
    Shape("azure_storage_key", "Azure storage account key", ("AccountKey=",), r"AccountKey=([A-Za-z0-9+/]{86}==)", "https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage"),
    Shape("azure_storage_key", "Azure storage account key", ("+ASt",), r"[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{6}==",
          "https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage", back=76),
    Shape("azure_shared_access_key", "key of an Azure Service Bus, Event Hub or IoT Hub", ("SharedAccessKey=",), r"SharedAccessKey=([A-Za-z0-9+/]{43}=)",
          "https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas"),
    Shape("azure_sas", "Azure shared access signature", ("sig=",), r"sig=([A-Za-z0-9%+/]{43,100}(?:%3[dD]|=))", "https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview"),
    Shape("azure_client_secret", "secret of a Microsoft Entra application", ("Q~",), r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~-])",
          "https://learn.microsoft.com/en-us/entra/identity-platform/how-to-add-credentials", back=4),
    Shape("azure_devops_token", "Azure DevOps personal access token", ("AZDO",), rf"{_W}{{76}}AZDO{_W}{{4}}",
          "https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate", back=76),
    Shape("azure_function_key", "Azure Functions key", ("AzFu",), r"[\w-]{44}AzFu[\w-]{5}[AQgw]==", "https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to", back=44),
    Shape("azure_search_key", "Azure AI Search key", ("AzSe",), rf"{_W}{{42}}AzSe[A-D]{_W}{{5}}", "https://learn.microsoft.com/en-us/azure/search/search-security-api-keys", back=42),
    Shape("azure_registry_key", "Azure Container Registry key", ("+ACR",), r"[A-Za-z0-9+/]{42}\+ACR[A-D][A-Za-z0-9]{5}", PARTNERS, back=42),
    Shape("azure_cosmos_key", "Azure Cosmos DB key", ("ACDb",), r"[A-Za-z0-9+/]{76}ACDb[A-Za-z0-9+/]{6}==", PARTNERS, back=76),
    Shape("twilio_key", "Twilio API key", ("SK",), r"(?<![\w./-])SK[0-9a-f]{32}", "https://www.twilio.com/docs/iam/api-keys"),
    Shape("sendgrid_key", "SendGrid API key", ("SG.",), r"SG\.[\w-]{20,24}\.[\w-]{39,50}", "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys"),
    Shape("mailgun_key", "Mailgun API key", ("key-",), r"(?<![\w./-])key-[0-9a-f]{32}", "https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth"),
    Shape("mailchimp_key", "Mailchimp API key", ("-us",), r"(?<![0-9a-z])[0-9a-f]{32}-us\d{1,2}(?!\w)", "https://mailchimp.com/developer/marketing/docs/fundamentals/", back=32),
    Shape("brevo_key", "Brevo API key", ("xkeysib-", "xsmtpsib-"), r"x(?:key|smtp)sib-[0-9a-f]{64}-\w{16}", "https://developers.brevo.com/docs/getting-started"),
    Shape("mailersend_key", "MailerSend token", ("mlsn.",), r"mlsn\.[0-9a-f]{64}", "https://developers.mailersend.com/general.html#authentication"),
    Shape("resend_key", "Resend API key", ("re_",), r"(?<![\w./-])re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", "https://resend.com/docs/dashboard/api-keys/introduction"),
    Shape("digitalocean_token", "DigitalOcean token", ("dop_v1_", "doo_v1_", "dor_v1_"), rf"do[opr]_v1_{_H}{{64}}", "https://docs.digitalocean.com/reference/api/create-personal-access-token/"),
    Shape("heroku_key", "Heroku API key", ("HRKU-",), r"HRKU-(?:AA[\w-]{58}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})", "https://devcenter.heroku.com/articles/authentication"),
    Shape("linode_token", "Linode token", ("linode",), r"linode_[0-9a-f]{64}", PARTNERS),
    Shape("scaleway_access_key", "Scaleway access key", ("SCW",), r"SCW[A-Z0-9]{17}(?![A-Z0-9])", "https://www.scaleway.com/en/docs/iam/concepts/#api-key"),
    Shape("alibaba_key_id", "Alibaba Cloud access key id", ("LTAI",), r"LTAI[A-Za-z0-9]{16,24}(?![A-Za-z0-9])", "https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair"),
    Shape("tencent_key_id", "Tencent Cloud secret id", ("AKID",), r"AKID[A-Za-z0-9]{32}(?![A-Za-z0-9])", "https://www.tencentcloud.com/document/product/598/32675"),
    Shape("yandex_key", "Yandex Cloud API key or token", ("AQVN", "y0_", "YCAJE", "t1."),
          r"AQVN[\w-]{35,38}(?![\w-])|y0_[\w-]{50,64}|YCAJE[\w-]{20}|t1\.[A-Z0-9a-z_-]{10,300}[=]{0,2}\.[A-Za-z0-9_-]{86}[=]{0,2}", "https://yandex.cloud/en/docs/iam/concepts/authorization/api-key"),
    Shape("hugging_face_token", "Hugging Face token", ("hf_", "api_org_"), r"(?:hf_[A-Za-z]{34}|api_org_[A-Za-z]{34})(?!\w)", "https://huggingface.co/docs/hub/security-tokens"),
    Shape("openai_key", "OpenAI API key", ("T3BlbkFJ",), r"sk-(?:(?:proj|svcacct|admin|service)-)?[\w-]{20,80}?T3BlbkFJ[\w-]{20,80}", "https://platform.openai.com/docs/api-reference/authentication", back=-1),
    Shape("openai_key", "OpenAI API key", ("sk-proj-", "sk-svcacct-", "sk-admin-"), r"sk-(?:proj|svcacct|admin)-[\w-]{40,200}", "https://platform.openai.com/docs/api-reference/authentication"),
    Shape("anthropic_key", "Anthropic API key", ("sk-ant-",), r"sk-ant-(?:(?:api|admin)\d\d-[\w-]{93}AA(?![\w-])|(?:oat|ort|sid)\d\d-[\w-]{80,120})", "https://docs.anthropic.com/en/api/getting-started#authentication"),
    Shape("openrouter_key", "OpenRouter API key", ("sk-or-v1-",), rf"sk-or-v1-{_H}{{64}}", "https://openrouter.ai/docs/api-reference/authentication"),
    Shape("groq_key", "Groq API key", ("gsk_",), rf"gsk_{_W}{{52}}", "https://console.groq.com/docs/quickstart"),
    Shape("replicate_token", "Replicate token", ("r8_",), r"r8_[\w-]{37}", "https://replicate.com/docs/topics/security/api-tokens"),
    Shape("perplexity_key", "Perplexity API key", ("pplx-",), rf"pplx-{_W}{{48}}", "https://docs.perplexity.ai/getting-started/quickstart"),
    Shape("xai_key", "xAI API key", ("xai-",), r"xai-\w{80}", "https://docs.x.ai/docs/overview"),
    Shape("nvidia_key", "NVIDIA API key", ("nvapi-",), r"nvapi-[\w-]{60,64}", PARTNERS),
    Shape("langchain_key", "LangSmith API key", ("lsv2_",), r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", "https://docs.smith.langchain.com/administration/how_to_guides/organization_management/create_account_api_key"),
    Shape("vault_token", "HashiCorp Vault token", ("hvs.", "hvb.", "hvr."), r"hv[sbr]\.[\w-]{90,300}|hv[sbr]\.[A-Za-z0-9]{24}(?![\w-])", "https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes"),
    Shape("terraform_cloud_token", "HCP Terraform token", (".atlasv1.",), r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}",
          "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens", back=14),
    Shape("doppler_token", "Doppler token", ("dp.",), rf"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{{2,35}}\.)?{_W}{{40,44}}", "https://docs.doppler.com/docs/service-tokens"),
    Shape("onepassword_service_token", "1Password service account token", ("ops_eyJ",), r"ops_eyJ[\w+/-]{250,2000}={0,3}", "https://developer.1password.com/docs/service-accounts/"),
    Shape("onepassword_secret_key", "1Password secret key", ("A3-",), r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}", "https://support.1password.com/secret-key-security/"),
    Shape("age_secret_key", "age identity", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", "https://github.com/FiloSottile/age"),
    Shape("infracost_key", "Infracost API key", ("ico-",), rf"(?<![\w./-])ico-{_W}{{32}}", "https://www.infracost.io/docs/"),
    Shape("pulumi_token", "Pulumi access token", ("pul-",), rf"(?<![\w./-])pul-{_H}{{40}}", "https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/"),
    Shape("databricks_token", "Databricks personal access token", ("dapi",), rf"dapi{_H}{{32}}(?:-\d)?(?!\w)", "https://docs.databricks.com/aws/en/dev-tools/auth/pat"),
    Shape("shopify_token", "Shopify token", ("shpat_", "shpss_", "shpca_", "shppa_"), r"shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}", "https://shopify.dev/docs/apps/build/authentication-authorization"),
    Shape("atlassian_token", "Atlassian API token", ("ATATT3", "ATCTT3", "ATSTT3"), r"AT[ACS]TT3[\w=-]{100,400}", "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"),
    Shape("bitbucket_app_password", "Bitbucket app password", ("ATBB",), r"ATBB[A-Za-z0-9]{24}[0-9A-F]{8}(?!\w)", "https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/"),
    Shape("new_relic_key", "New Relic key", ("NRAK-", "NRII-", "NRAA-", "NRRA-", "NRIQ-", "NRJS-"), r"NR(?:AK|II|AA|RA|IQ|JS)-[\w-]{19,42}", "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"),
    Shape("new_relic_license", "New Relic licence key", ("NRAL",), r"(?:eu01xx)?[0-9a-f]{30,36}(?:FFFF)?NRAL", "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/", back=-1),
    Shape("dynatrace_token", "Dynatrace token", ("dt0c01.", "dt0s16.", "dt0s01."), r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}", "https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens"),
    Shape("grafana_service_account", "Grafana service account token", ("glsa_",), rf"glsa_{_W}{{32}}_[0-9a-fA-F]{{8}}", "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
          checksums.grafana_service_account, strict=False),
    Shape("grafana_cloud_token", "Grafana Cloud token", ("glc_",), r"glc_[A-Za-z0-9+/]{32,400}={0,3}", "https://grafana.com/docs/grafana-cloud/security-and-account-management/authentication-and-permissions/access-policies/"),
    Shape("grafana_api_key", "Grafana API key", ("eyJrIjoi",), r"eyJrIjoi[A-Za-z0-9+/]{70,400}={0,3}", "https://grafana.com/docs/grafana/latest/developers/http_api/auth/"),
    Shape("sentry_token", "Sentry auth token", ("sntrys_", "sntryu_"), r"sntrys_eyJ[\w+/=-]{80,500}|sntryu_[0-9a-f]{64}", "https://docs.sentry.io/account/auth-tokens/"),
    Shape("honeycomb_key", "Honeycomb API key", ("hcaik_", "hcamk_", "hcxik_"), r"hc[a-z]{2}k_[a-z0-9]{26}:?[a-z0-9]{32}", "https://docs.honeycomb.io/get-started/configure/environments/manage-api-keys/"),
    Shape("sonar_token", "SonarQube token", ("sqp_", "squ_", "sqa_"), rf"sq[pua]_{_H}{{40}}", "https://docs.sonarsource.com/sonarqube-server/latest/user-guide/managing-tokens/"),
    Shape("artifactory_token", "JFrog Artifactory token", ("AKCp", "cmVmdGtu"), r"AKCp[A-Za-z0-9]{60,72}|cmVmdGtu[A-Za-z0-9]{56}", "https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens"),
    Shape("tailscale_key", "Tailscale key", ("tskey-",), rf"tskey-[a-z]{{2,10}}-{_W}{{6,20}}(?:CNTRL)?(?:-{_W}{{16,40}})?", "https://tailscale.com/kb/1252/key-secret-management"),
    Shape("fly_token", "Fly.io token", ("fm1", "fm2_", "fo1_"), r"fm(?:1[ar]_|2_)[A-Za-z0-9+/]{100,3000}={0,3}|fo1_[\w-]{43}", "https://fly.io/docs/security/tokens/"),
    Shape("netlify_token", "Netlify token", ("nfp_", "nfc_", "nfo_", "nfu_", "nfb_"), rf"nf[pcoub]_{_W}{{36}}", "https://docs.netlify.com/api/get-started/#authentication"),
    Shape("render_key", "Render API key", ("rnd_",), rf"rnd_{_W}{{28,40}}", "https://render.com/docs/api"),
    Shape("supabase_token", "Supabase token", ("sbp_", "sb_secret_"), rf"sbp_(?:oauth_|v0_)?{_H}{{40}}|sb_secret_[\w-]{{31}}", "https://supabase.com/docs/guides/api/api-keys"),
    Shape("planetscale_token", "PlanetScale token", ("pscale_",), r"pscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}", "https://planetscale.com/docs/concepts/service-tokens"),
    Shape("prefect_key", "Prefect API key", ("pnu_", "pnb_"), r"pn[ub]_[A-Za-z0-9]{36}", "https://docs.prefect.io/v3/manage/cloud/manage-users/api-keys"),
    Shape("cloudflare_origin_ca_key", "Cloudflare origin CA key", ("v1.0-",), rf"v1\.0-{_H}{{24}}-{_H}{{146}}", "https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/"),
    Shape("circleci_token", "CircleCI token", ("CCIPAT_", "CCIPRJ_"), r"CCIP(?:AT|RJ)_[A-Za-z0-9]{20,24}_[0-9a-f]{40}", "https://circleci.com/docs/managing-api-tokens/"),
    Shape("buildkite_token", "Buildkite token", ("bkua_", "bkaj_", "bkct_"), r"bk(?:ua|aj|ct)_[A-Za-z0-9]{40,64}", "https://buildkite.com/docs/apis/managing-api-tokens"),
    Shape("harness_token", "Harness token", ("pat.", "sat."), rf"(?<![\w./-])[ps]at\.[\w-]{{22}}\.{_H}{{24}}\.{_W}{{20}}", "https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/"),
    Shape("octopus_key", "Octopus Deploy API key", ("API-",), r"(?<![\w./-])API-[A-Z0-9]{25,40}(?!\w)", "https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key"),
    Shape("linear_key", "Linear API key", ("lin_api_", "lin_oauth_"), rf"lin_(?:api_{_W}{{40}}|oauth_{_H}{{64}})", "https://developers.linear.app/docs/graphql/working-with-the-graphql-api"),
    Shape("notion_token", "Notion token", ("ntn_", "secret_"), rf"ntn_{_W}{{40,50}}|secret_{_W}{{43}}(?!\w)", "https://developers.notion.com/docs/authorization"),
    Shape("postman_key", "Postman API key", ("PMAK-",), rf"PMAK-{_H}{{24}}-{_H}{{34}}", "https://learning.postman.com/docs/developer/postman-api/authentication/"),
    Shape("airtable_token", "Airtable personal access token", ("pat",), rf"(?<![\w./-])pat{_W}{{14}}\.{_H}{{64}}", "https://airtable.com/developers/web/guides/personal-access-tokens"),
    Shape("figma_token", "Figma personal access token", ("figd_", "figo_"), r"fig[do]_[\w-]{36,64}", "https://www.figma.com/developers/api#access-tokens"),
    Shape("contentful_token", "Contentful personal access token", ("CFPAT-",), r"CFPAT-[\w-]{43}", "https://www.contentful.com/developers/docs/references/authentication/"),
    Shape("typeform_token", "Typeform token", ("tfp_",), r"tfp_[\w.=-]{40,64}", "https://www.typeform.com/developers/get-started/personal-access-token/"),
    Shape("readme_key", "ReadMe API key", ("rdme_",), r"rdme_[a-z0-9]{70}", "https://docs.readme.com/main/reference/intro/authentication"),
    Shape("launchdarkly_key", "LaunchDarkly key", ("sdk-", "api-"), r"(?<![\w./-])(?:sdk|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!-)", "https://launchdarkly.com/docs/home/account/api"),
    Shape("posthog_key", "PostHog personal API key", ("phx_",), r"phx_\w{40,50}", "https://posthog.com/docs/api"),
    Shape("adafruit_key", "Adafruit IO key", ("aio_",), rf"aio_{_W}{{28}}", "https://io.adafruit.com/api/docs/"),
    Shape("shippo_token", "Shippo token", ("shippo_",), r"shippo_(?:live|test)_[0-9a-fA-F]{40}", "https://docs.goshippo.com/docs/guides_general/authentication/"),
    Shape("easypost_key", "EasyPost API key", ("EZAK", "EZTK"), rf"EZ[AT]K{_W}{{54}}", "https://docs.easypost.com/docs/authentication"),
    Shape("duffel_token", "Duffel access token", ("duffel_",), r"duffel_(?:test|live)_[\w=-]{43}", "https://duffel.com/docs/api/overview/making-requests/making-requests"),
    Shape("flutterwave_key", "Flutterwave secret key", ("FLWSECK",), r"FLWSECK(?:_TEST)?-[0-9a-z]{12,40}(?:-X)?", "https://developer.flutterwave.com/docs/authentication"),
    Shape("frameio_token", "Frame.io token", ("fio-u-",), r"fio-u-[\w=-]{64}", "https://developer.frame.io/docs/getting-started/authentication"),
    Shape("dropbox_token", "Dropbox access token", ("sl.",), r"(?<![\w./-])sl\.(?:u\.)?[\w-]{130,1500}", "https://www.dropbox.com/developers/reference/auth-types"),
    Shape("facebook_token", "Facebook access token", ("EAAM", "EAAC", "EAAB", "EAAG"), rf"EAA[MCBG]{_W}{{80,250}}", "https://developers.facebook.com/docs/facebook-login/guides/access-tokens/"),
    Shape("asana_token", "Asana personal access token", ("1/", "2/"), r"(?<![\w./-])[12]/\d{10,17}(?:/\d{10,17})?:[0-9a-f]{32}", "https://developers.asana.com/docs/personal-access-token"),
    Shape("hubspot_token", "HubSpot private app token", ("pat-na", "pat-eu"), r"pat-(?:na|eu)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "https://developers.hubspot.com/docs/api/private-apps"),
    Shape("wakatime_key", "Wakatime API key", ("waka_",), r"waka_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "https://wakatime.com/developers#authentication"),
    Shape("snyk_token", "Snyk service account token", ("snyk_",), r"snyk_[a-z]{3}\.[\w-]{8}\.[\w.-]{20,300}", "https://docs.snyk.io/snyk-api/authentication-for-api"),
    Shape("sourcegraph_token", "Sourcegraph access token", ("sgp_",), r"sgp_(?:(?:[0-9a-fA-F]{16}|local)_)?[0-9a-fA-F]{40}", "https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token"),
    Shape("segment_token", "Segment public API token", ("sgp_",), rf"sgp_{_W}{{64}}", "https://docs.segmentapis.com/tag/Getting-Started"),
    Shape("openshift_token", "OpenShift user token", ("sha256~",), r"sha256~[\w-]{43}", "https://docs.openshift.com/container-platform/latest/authentication/understanding-authentication.html"),
    Shape("rancher_token", "Rancher API token", ("token-",), r"token-[a-z0-9]{5}:[a-z0-9]{54}", "https://ranchermanager.docs.rancher.com/reference-guides/user-settings/api-keys"),
    Shape("unkey_key", "Unkey root key", ("unkey_",), r"unkey_[A-Za-z0-9]{20,40}", PARTNERS),
    Shape("scalingo_token", "Scalingo token", ("tk-us-",), r"tk-us-[\w-]{48}", "https://developers.scalingo.com/"),
    Shape("settlemint_token", "SettleMint token", ("sm_pat_", "sm_aat_", "sm_sat_"), r"sm_[pas]at_[A-Za-z0-9]{16}", PARTNERS),
    Shape("defined_networking_token", "Defined Networking token", ("dnkey-",), r"dnkey-[\w=-]{26}-[\w=-]{52}", PARTNERS),
    Shape("lob_key", "Lob secret key", ("live_", "test_"), r"(?<![\w./-])(?:live|test)_[0-9a-f]{35}(?!\w)", "https://docs.lob.com/"),
    Shape("plaid_token", "Plaid access token", ("access-",), r"access-(?:sandbox|development|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "https://plaid.com/docs/api/tokens/"),
    Shape("mapbox_secret_token", "Mapbox secret token", ("sk.eyJ1",), r"sk\.eyJ1[\w-]{40,200}\.[\w-]{22}", "https://docs.mapbox.com/help/getting-started/access-tokens/"),
    Shape("maxmind_key", "MaxMind licence key", ("_mmk",), r"\w{6}_\w{29}_mmk", "https://support.maxmind.com/hc/en-us/articles/4407116112539", back=36),
    Shape("cloudinary_url", "Cloudinary environment address", ("cloudinary://",), r"cloudinary://\d{15}:[\w-]{27}@[\w-]{1,100}", "https://cloudinary.com/documentation/solution_overview#account_and_api_setup"),
    Shape("sentry_dsn_secret", "Sentry address with a secret key (deprecated form)", ("@sentry.io/",), r"[0-9a-f]{32}:[0-9a-f]{32}@sentry\.io", "https://docs.sentry.io/concepts/key-terms/dsn-explainer/", back=65),
    Shape("intra42_secret", "42 intranet application secret", ("s-s4t2",), r"s-s4t2(?:ud|af)-[0-9a-f]{64}", PARTNERS),
    Shape("rootly_key", "Rootly API key", ("rootly_",), r"rootly_[0-9a-f]{64}", "https://docs.rootly.com/api-reference/overview"),
    Shape("apify_token", "Apify API token", ("apify_api_",), r"apify_api_[A-Za-z0-9-]{36}", "https://docs.apify.com/platform/integrations/api"),
    Shape("aws_bedrock_key", "Amazon Bedrock API key", ("bedrock-api-key-",), r"bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[\w+/=-]{0,2000}",
          "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"),
    Shape("age_secret_key", "secret key of age", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
          "https://github.com/C2SP/C2SP/blob/main/age.md#the-x25519-recipient-type"),
    Shape("twitter_bearer_token", "bearer token of an X (Twitter) application", ("AAAAAAAAAAAAAAAAAAAAAA",),
          rf"A{{22}}(?={_W}{{0,100}}%){_W}[A-Za-z0-9%]{{79,110}}", "https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/bearer-tokens"),
    Shape("json_web_token", "signed token (JWT)", ("eyJ",), r"eyJ[\w-]{8,2000}+\.eyJ[\w-]{8,4000}+\.[\w-]{20,2000}+", "https://www.rfc-editor.org/rfc/rfc7519", checksums.json_web_token),
)  # fmt: skip


@cache
def compiled(index: int) -> Pattern[str]:
    """Return the pattern of a row, compiled when it is first needed: most runs need few of them."""
    return compile_pattern(SHAPES[index].pattern)
