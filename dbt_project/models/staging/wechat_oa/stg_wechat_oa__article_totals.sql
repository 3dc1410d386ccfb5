{{ config(meta={'day': 'stat_on'}) }}

-- cumulative from publication to `stat_on`: differences of two days mean something, sums of rows nothing
{{ staged(
    source('raw_wechat_oa', 'article_totals'),
    fields={
        'appid': ['text', 'appid', 'required'],
        'msgid': ['text', 'msgid', 'required'],
        'stat_on': ['date', 'stat_date', 'required'],
        'published_on': ['date', 'ref_date', 'required'],
        'publish_type': ['integer', 'publish_type'],
        'title': ['text', 'title'],
        'readers_total': ['bigint', 'read_user'],
        'shares_total': ['bigint', 'share_user'],
        'recommendations_total': ['bigint', 'zaikan_user'],
        'likes_total': ['bigint', 'like_user'],
        'comments_total': ['bigint', 'comment_count'],
        'collections_total': ['bigint', 'collection_user'],
    },
) }}
