"""The addresses of the product, each next to its view."""

from workflows.campaigns import views as declare

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
    *declare.urlpatterns,
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
