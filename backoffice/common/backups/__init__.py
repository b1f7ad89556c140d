"""Backups: one folder with the database, the stored files and a manifest that a restore is checked against."""

from backoffice.common.backups.backup import BackupError, make_backup
from backoffice.common.backups.restore import restore_backup

__all__ = ["BackupError", "make_backup", "restore_backup"]
