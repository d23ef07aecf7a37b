"""Every address of the product. Who may see what is decided in the views, by the matter."""

from django.urls import include, path

from workflows.desk import pages
from workflows.trail.admin import site as administration

handler400 = "workflows.door.stops.bad_request"
handler500 = "workflows.door.stops.server_error"

urlpatterns = [
    path("admin/", administration.urls),
    path("", include("workflows.desk.urls")),
    path("", include("workflows.door.urls")),
    path("", include("workflows.records.urls")),
    path("", include("workflows.registry.urls")),
    *pages.addresses(),
]
