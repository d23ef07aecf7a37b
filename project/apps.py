"""How the project configures other people's apps."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class OurStaticFiles(StaticFilesConfig):
    """Without viewflow's own pages, which are not mounted; their style sheets name files that are not there."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "viewflow"]
