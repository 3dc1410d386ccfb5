"""The sandbox's credentials: invented, public and worthless outside loopback."""

ZOHO_CLIENT_ID = "1000.SANDBOXCLIENT"
ZOHO_CLIENT_SECRET = "sandbox-zoho-secret"  # noqa: S105
ZOHO_REFRESH_TOKEN = "1000.sandbox.refresh"  # noqa: S105
OCEANENGINE_APP_ID = "1800000000000001"
OCEANENGINE_SECRET = "sandbox-oceanengine-secret"  # noqa: S105
OCEANENGINE_REFRESH_TOKEN = "sandbox-first-refresh-token"  # noqa: S105
KINGDEE_APP_ID = "204399_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
KINGDEE_APP_SECRET = "s3cr3t"  # noqa: S105
KINGDEE_USER, KINGDEE_ORG, KINGDEE_DATA_CENTRE = "demo", "100", "DC01"
KINGDEE_KEY_MASK = "0054f397c6234378b09ca7d3e5debce7"
"""What the vendor's SDK xors the second half of the app id with; reproduces the golden vector of its signature."""
IHR360_APP_ID = "sandbox-hr-app"
IHR360_APP_SECRET = "sandbox-hr-secret"  # noqa: S105
TENCENT_CLIENT_ID = "1110000001"
TENCENT_CLIENT_SECRET = "sandbox-tencent-secret"  # noqa: S105
TENCENT_REFRESH_TOKEN = "sandbox-tencent-first-refresh"  # noqa: S105
WECHAT_APPID = "wxsandbox0000000001"
WECHAT_SECRET = "sandbox-wechat-secret"  # noqa: S105
ADJUST_API_TOKEN = "sandbox-adjust-token"  # noqa: S105
MATOMO_TOKEN = "sandbox-matomo-token-0123456789"  # noqa: S105
JIANDAOYUN_API_KEY = "sandbox-jiandaoyun-key"
MOODLE_TOKEN = "sandbox-moodle-token-0123456789ab"  # noqa: S105
ODOO_API_KEY = "sandbox-odoo-api-key-0123456789"
ODOO_DATABASE, ODOO_LOGIN = "sample", "reader@sample.example"
PRIVACY_KEY = "sandbox-privacy-key-0123456789abcdef0123456789abcdef"
"""Fixed, so that the sample company hashes alike everywhere. A real company makes its own."""
