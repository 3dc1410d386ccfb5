"""Tencent Ads (腾讯广告, 微信广告), Marketing API. See docs/sources/tencent_ads.md."""
