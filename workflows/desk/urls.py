"""The addresses of the desk, each next to its view; a workflow's own pages are `desk.pages.addresses`."""

from .views import acts, lists, matter

app_name = "desk"
urlpatterns = [
    *lists.urlpatterns,
    *matter.urlpatterns,
    *acts.urlpatterns,
]
