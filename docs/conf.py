"""How Sphinx makes the site; scripts/build_docs.py (``make docs``) copies this folder and adds pages."""

from importlib.metadata import version as installed

project = author = "brittlestar"
copyright = "the brittlestar authors, Apache-2.0"
release = version = installed("brittlestar")
html_title = f"brittlestar {release}"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinxcontrib.programoutput"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False
"""A page that is opened as a file may not read the others."""
exclude_patterns = ["_*", "tutorials/mine"]
"""Parts of pages, and the copy of the package that a tutorial makes."""

# Numbers in the text come from blocks that are run at every build, never from a kept answer.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_ipywidgets_js = {}
"""By default two addresses of others."""
programoutput_prompt_template = "$ {command}\n{output}"

myst_enable_extensions = ["attrs_block", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True
napoleon_use_rtype = False
