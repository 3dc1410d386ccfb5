{{ config(meta={'day': 'stat_on'}) }}

{{ staged(
    source('raw_wechat_oa', 'user_summary'),
    fields={
        'appid': ['text', 'appid', 'required'],
        'stat_on': ['date', 'ref_date', 'required'],
        'user_source': ['integer', 'user_source', 'required'],
        'new_followers': ['bigint', 'new_user'],
        'lost_followers': ['bigint', 'cancel_user'],
    },
) }}
