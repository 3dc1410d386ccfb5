{{ config(meta={'day': 'stat_on'}) }}

{{ staged(
    source('raw_wechat_oa', 'biz_summary'),
    fields={
        'appid': ['text', 'appid', 'required'],
        'stat_on': ['date', 'ref_date', 'required'],
        'readers': ['bigint', 'detail/read_user'],
        'shares': ['bigint', 'detail/share_user'],
        'recommendations': ['bigint', 'detail/zaikan_user'],
        'likes': ['bigint', 'detail/like_user'],
        'comments': ['bigint', 'detail/comment_count'],
    },
) }}
