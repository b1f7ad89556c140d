SIGN_METHODS = ("md5", "hmac", "hmac-sha256")
GATEWAYS = ("https://eco.taobao.com/router/rest", "https://gw.api.tbsandbox.com/router/rest")
OUTBOX, PULL = "outbox", "pull"  # kinds of jobs
