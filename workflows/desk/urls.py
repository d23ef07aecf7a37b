"""The addresses of the desk, each next to its view; a workflow's own pages are `desk.pages.addresses`."""

from .views import acts, entry, lists, machines, matter, trail

app_name = "desk"
urlpatterns = [
    *entry.urlpatterns,
    *lists.urlpatterns,
    *matter.urlpatterns,
    *acts.urlpatterns,
    *trail.urlpatterns,
    *machines.urlpatterns,
]
