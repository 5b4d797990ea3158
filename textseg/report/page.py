"""A page that saves itself as one file and shows itself in a notebook."""

from __future__ import annotations

import html
import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path


class Page(ABC):
    """What reports and other results for people have in common."""

    @property
    @abstractmethod
    def html(self) -> str:
        """The page: self-contained, without scripts, everything foreign escaped."""

    def save(self, path: str | Path) -> Path:
        """Write the page, replacing an older one at once or not at all.

        Parameters
        ----------
        path : str or Path
            The file; its folder must exist.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OSError
            The file cannot be written; an older one is as it was.
        """
        target = Path(path).resolve()  # what a link points to is replaced, not the link
        if target.exists() and not target.is_file():
            target.write_text(self.html, encoding="utf-8", newline="\n")
            return Path(path)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            temporary.write_text(self.html, encoding="utf-8", newline="\n")
            if target.exists():
                shutil.copymode(target, temporary)
            temporary.replace(target)
        except FileNotFoundError as error:
            raise FileNotFoundError(error.errno, error.strerror, str(path)) from None
        finally:
            temporary.unlink(missing_ok=True)
        return Path(path)

    def _repr_html_(self) -> str:
        """Show the page in a frame of its own, so that its style stays inside."""
        page = html.escape(self.html, quote=True)
        return f'<iframe srcdoc="{page}" sandbox style="width:100%;height:50rem;border:0"></iframe>'
