"""The addresses of the product, each next to its view."""

from .views import acts, declare, entry, lists, machines, matter, trail

app_name = "desk"
urlpatterns = [
    *entry.urlpatterns,
    *lists.urlpatterns,
    *matter.urlpatterns,
    *acts.urlpatterns,
    *declare.urlpatterns,
    *trail.urlpatterns,
    *machines.urlpatterns,
]
