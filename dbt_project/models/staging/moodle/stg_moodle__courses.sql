{{ staged(
    source('raw_moodle', 'courses'),
    fields={
        'moodle_course_id': ['text', 'id', 'required'],
        'course_id': ['text', 'shortname', 'required'],
        'course_name': ['text', 'fullname'],
    },
) }}
