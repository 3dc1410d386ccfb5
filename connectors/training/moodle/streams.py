"""Streams of Moodle: courses, who is enrolled in those of the training plan, what they completed, what they scored.

People join to staff by `idnumber`, which holds the employee number. Times are epoch seconds.
"""

from connectors.stream import PersonalField, StreamSpec

SOURCE = "moodle"
API_VERSION = "rest"

COURSES = StreamSpec(SOURCE, "courses", "full", ("id",), required=("shortname", "fullname"))
ENROLMENTS = StreamSpec(
    SOURCE,
    "enrolments",
    "full",
    ("courseid", "id"),
    personal=(PersonalField("fullname", "name"), PersonalField("email", "email")),
)
COMPLETIONS = StreamSpec(SOURCE, "completions", "full", ("courseid", "userid"), required=("completed",))
GRADES = StreamSpec(
    SOURCE,
    "grades",
    "full",
    ("courseid", "userid", "id"),
    personal=(PersonalField("userfullname", "name"),),
    restates=True,
    required=("graderaw", "grademin", "grademax"),
)
SPECS = (COURSES, ENROLMENTS, COMPLETIONS, GRADES)

FIELDS = {
    COURSES.name: (
        *("id", "shortname", "fullname", "idnumber", "categoryid", "format", "visible", "enablecompletion"),
        *("startdate", "enddate", "timecreated", "timemodified"),
    ),
    ENROLMENTS.name: ("courseid", "id", "idnumber", "fullname", "email", "roles", "lastcourseaccess"),
    COMPLETIONS.name: ("courseid", "userid", "idnumber", "completed", "aggregation", "completions"),
    GRADES.name: (
        *("courseid", "userid", "useridnumber", "userfullname", "id", "itemname", "itemtype", "itemmodule", "cmid"),
        *("graderaw", "grademin", "grademax", "gradedatesubmitted", "gradedategraded", "percentageformatted", "status"),
    ),
}
# Sent by the vendor and left out: personal, free text, or of no use to any measure.
LEFT_OUT = {
    COURSES.name: (
        *("categorysortorder", "displayname", "summary", "summaryformat", "showgrades", "newsitems", "numsections"),
        *("maxbytes", "showreports", "hiddensections", "groupmode", "groupmodeforce", "defaultgroupingid", "lang"),
        *("forcetheme", "completionnotify", "courseformatoptions", "showactivitydates", "showcompletionconditions"),
        *("requested", "sortorder", "customfields"),
    ),
    ENROLMENTS.name: (
        *("username", "firstname", "lastname", "address", "phone1", "phone2", "department", "institution", "interests"),
        *("firstaccess", "lastaccess", "description", "descriptionformat", "city", "country", "profileimageurlsmall"),
        *("profileimageurl", "customfields", "groups", "preferences", "enrolledcourses", "suspended"),
    ),
    COMPLETIONS.name: (),
    GRADES.name: (
        *("iteminstance", "itemnumber", "idnumber", "categoryid", "outcomeid", "scaleid", "locked"),
        *("weightraw", "weightformatted", "gradeishidden", "gradehiddenbydate", "gradeneedsupdate", "gradeislocked"),
        *("gradeisoverridden", "gradeformatted", "rangeformatted", "lettergradeformatted", "rank", "numusers"),
        *("averageformatted", "feedback", "feedbackformat"),
    ),
}
