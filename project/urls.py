"""Every address of the product. Who may see what is decided in the views, by the matter."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("workflows.desk.urls")),
]
