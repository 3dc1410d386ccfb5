{{ staged(
    source('raw_matomo', 'goals_by_day'),
    fields={
        'site_id': ['text', 'idSite', 'required'],
        'goal_id': ['text', 'idGoal', 'required'],
        'goal_name': ['text', 'goal_name'],
        'converted_on': ['date', 'date', 'required'],
        'segment': ['text', 'segment', 'required'],
        'conversions': ['bigint', 'nb_conversions', 'required'],
    },
    derived={'is_form': "coalesce(goal_name in (" ~ quoted_list(var('form_goals')) ~ "), false)"},
) }}
