{{ staged(
    source('raw_file_drop', 'training_results'),
    fields={
        'employee_no': ['text', 'employee_no', 'required'],
        'course_id': ['text', 'course_id', 'required'],
        'course_name': ['text', 'course_name'],
        'completed_on': ['date', 'completed_on'],
        'passed_on': ['date', 'passed_on'],
        'exam_score': ['decimal(9, 4)', 'exam_score'],
        'exam_on': ['date', 'exam_on'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
