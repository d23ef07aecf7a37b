"""The kinds of document a plan and its topics hand out."""


class Paper:
    MINUTES = "plan.minutes"
    DIVISION = "plan.division"
    LETTER = "topic.letter"
    CONSULTATION = "consultation.letter"
    DRAFT = "plan.draft"
    OPINIONS = "plan.opinions"
    CIRCULAR = "plan.circular"
    TOPIC_DRAFT = "topic.draft"
    REPORT = "topic.report"
    EXTENSION = "topic.extension"
    COMPLETION = "topic.completion"
    ACCEPTANCE = "topic.acceptance"
    BULLETIN = "plan.bulletin"
    BOARD = "plan.board"
