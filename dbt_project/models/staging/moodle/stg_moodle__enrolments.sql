{%- set roles -%}{{ json_words('roles') }}{%- endset %}

{{ staged(
    source('raw_moodle', 'enrolments'),
    fields={
        'moodle_course_id': ['text', 'courseid', 'required'],
        'user_id': ['text', 'id', 'required'],
        'employee_no': ['text', 'idnumber'],
        'email_hash': ['text', 'email/hash'],
        'roles': ['json', 'roles'],
    },
    derived={'is_learner': "list_has_any(" ~ roles ~ ", [" ~ quoted_list(var('learner_roles')) ~ "])"},
    hidden=['roles'],
) }}
