{{ staged(
    source('raw_matomo', 'visits_by_day'),
    fields={
        'site_id': ['text', 'idSite', 'required'],
        'visited_on': ['date', 'date', 'required'],
        'segment': ['text', 'segment', 'required'],
        'visits': ['bigint', 'nb_visits', 'required'],
        'visitors': ['bigint', 'nb_uniq_visitors', 'required'],
        'actions': ['bigint', 'nb_actions'],
    },
) }}
