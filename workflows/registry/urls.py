"""The addresses of the papers, each next to its view."""

from .views import batches, check, correcting, distribution, failed, papers, register, seals

app_name = "registry"
urlpatterns = [
    *papers.urlpatterns,
    *check.urlpatterns,
    *register.urlpatterns,
    *seals.urlpatterns,
    *distribution.urlpatterns,
    *batches.urlpatterns,
    *failed.urlpatterns,
    *correcting.urlpatterns,
]
