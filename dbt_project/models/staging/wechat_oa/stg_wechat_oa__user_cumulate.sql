{{ config(meta={'day': 'stat_on'}) }}

{{ staged(
    source('raw_wechat_oa', 'user_cumulate'),
    fields={
        'appid': ['text', 'appid', 'required'],
        'stat_on': ['date', 'ref_date', 'required'],
        'user_source': ['integer', 'user_source', 'required'],
        'followers': ['bigint', 'cumulate_user', 'required'],
    },
) }}
