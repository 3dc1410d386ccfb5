{{ staged(
    source('raw_matomo', 'visits_by_month'),
    fields={
        'site_id': ['text', 'idSite', 'required'],
        'month_start': ['month', 'date', 'required'],
        'segment': ['text', 'segment', 'required'],
        'visits': ['bigint', 'nb_visits', 'required'],
        'visitors': ['bigint', 'nb_uniq_visitors', 'required'],
        'actions': ['bigint', 'nb_actions'],
    },
) }}
