"""What the policy says of documents, whatever workflow they come from."""

from django.utils.translation import gettext_lazy as _

from workflows.policies.books import HOUSE, Due, RuleBook, register

RECEIPT = "receipt"

register(
    RuleBook(
        HOUSE,
        # of an issued document, by each unit it was sent to; after it the clerk urges
        deadlines=(Due(RECEIPT, 3, label=_("acknowledging a document")),),
    )
)
