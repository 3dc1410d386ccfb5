"""Ocean Engine (巨量引擎), the ad platform of Douyin. See docs/sources/oceanengine.md."""
