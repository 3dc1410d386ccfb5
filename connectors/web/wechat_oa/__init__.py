"""WeChat official account (公众号) statistics. See docs/sources/wechat_oa.md."""
