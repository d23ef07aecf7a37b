"""The addresses of the desk, each next to its view; a workflow's own pages are `desk.pages.addresses`."""

from .views import (
    acts,
    batches,
    check,
    distribution,
    entry,
    failed,
    lists,
    machines,
    matter,
    papers,
    register,
    seals,
    trail,
)

app_name = "desk"
urlpatterns = [
    *entry.urlpatterns,
    *lists.urlpatterns,
    *matter.urlpatterns,
    *acts.urlpatterns,
    *papers.urlpatterns,
    *check.urlpatterns,
    *register.urlpatterns,
    *seals.urlpatterns,
    *distribution.urlpatterns,
    *batches.urlpatterns,
    *failed.urlpatterns,
    *trail.urlpatterns,
    *machines.urlpatterns,
]
