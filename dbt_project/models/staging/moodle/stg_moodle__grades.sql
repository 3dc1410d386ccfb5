{{ staged(
    source('raw_moodle', 'grades'),
    fields={
        'moodle_course_id': ['text', 'courseid', 'required'],
        'user_id': ['text', 'userid', 'required'],
        'employee_no': ['text', 'useridnumber'],
        'item_id': ['text', 'id', 'required'],
        'item_type': ['text', 'itemtype'],
        'item_module': ['text', 'itemmodule'],
        'grade': ['decimal(18, 5)', 'graderaw'],
        'lowest_grade': ['decimal(18, 5)', 'grademin', 'required'],
        'highest_grade': ['decimal(18, 5)', 'grademax', 'required'],
        'graded_at': ['epoch', 'gradedategraded'],
    },
    derived={
        'graded_on': business_date('graded_at'),
        'exam_score': mark_of_100('grade', 'lowest_grade', 'highest_grade'),
    },
) }}
