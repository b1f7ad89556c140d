"""Exports of orders: a filter and a template make a file, as a job or in a command's own process."""

from orders.desk.exports.errors import ExportError
from orders.desk.exports.services import FileGone, create_export, download_export, rerun_export

__all__ = ["ExportError", "FileGone", "create_export", "download_export", "rerun_export"]
