"""Papermill's engine `neutrality`: a notebook runs in a kernel forked from a warm process.

What a cell publishes is made into outputs by nbclient, as it is for any kernel, so that the
executed notebook is the stock engine's. What differs: the user's own profile of IPython is not
read, history is not kept, and the caller's directory does not change.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine

from neutrality.runner import ahead, warm

NAME = "neutrality"
_FINISH = f"{warm.SILENT}from neutrality.texts import side_by_side; side_by_side.finish()"
_GO_ON = f"{warm.SILENT}import os; os.chdir({{!r}})"
_KEPT = ("log_output", "stdout_file", "stderr_file")


class NeutralityEngine(Engine):
    """`papermill --engine neutrality`, on Linux."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man, kernel_name, directory=None, failed_at=None, **options
    ):
        """Run the cells in `directory`, by default the one that papermill is in; a notebook whose
        run fails is written to `failed_at`, by default papermill's output. `begun` is called when
        its kernel is there; `part` is that of a notebook which begins before its turn (`ahead`).
        """
        kept = {name: options[name] for name in _KEPT if name in options}
        kept |= {"timeout": options.get("execution_timeout"), "record_timing": False}
        kept |= {"timeout_func": options.get("timeout_func")}
        client = _Client(nb_man, **kept)
        client.part, client.begun = options.get("part"), options.get("begun")
        # Papermill writes the whole notebook before and after each cell, which takes an eighth of a
        # run, when this returns or raises, and at its own end: once is enough.
        output, nb_man.output_path = failed_at or nb_man.output_path, None
        try:
            client.run_in(os.fspath(directory or os.getcwd()))
        except BaseException:
            nb_man.output_path = output
            raise


class _Client(PapermillNotebookClient):
    part: ahead.Part | None = None
    begun: Callable[[], None] | None = None

    def run_in(self, folder: str) -> None:
        """Run the notebook's cells, the first that fails being the last."""
        self.reset_execution_trackers()
        try:
            with warm.kernel(folder) as self.kernel:
                if self.begun:
                    self.begun()
                if self.part:
                    self.part.begun(self.kernel)
                self.papermill_execute_cells()
                self._finish()
                self.nb.metadata["language_info"] = self.kernel.language_info
        except warm.Ended:
            raise DeadKernelError("Kernel died") from None
        self.set_widgets_metadata()

    def _finish(self, before: int | None = None) -> None:
        """Have done what the notebook has left to copies of its kernel (`side_by_side`): pictures
        come to the places that its cells kept for them. What is said then is that of the last of
        its code cells, or of those `before` one.
        """
        code = [at for at, cell in enumerate(self.nb.cells[:before]) if cell.cell_type == "code"]
        if code:
            self._silently(_FINISH, code[-1])

    def _go_on(self, cell_index: int) -> None:
        """Wait for the notebook's turn, and go on in the stage."""
        self._finish(cell_index)
        self._silently(_GO_ON.format(self.part.hold()), cell_index)

    def _silently(self, source: str, cell_index: int) -> None:
        reply = self._told(source, self.nb.cells[cell_index], cell_index)
        if reply["status"] == "error":
            raise RuntimeError(f"{reply['ename']}: {reply['evalue']}")

    def _told(self, source: str, cell: NotebookNode, cell_index: int) -> dict:
        """Run a source, make outputs of what it publishes, and return the reply."""
        self.kernel.send(source)
        timeout = self._get_timeout(cell)
        try:
            for kind, content in self.kernel.messages(timeout):
                if kind == "execute_reply":
                    return content
                about = {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {}}
                self.process_message(about | {"content": content, "buffers": []}, cell, cell_index)
        except TimeoutError:
            said = "Cell execution timed out"
            raise CellTimeoutError.error_from_timeout_and_cell(said, timeout, cell) from None

    def execute_cell(self, cell, cell_index, **unused):
        """Run one cell; raise as nbclient does where it fails, never ends, or ends its kernel."""
        if self.part and ahead.AFTER_OTHERS in cell.metadata.get("tags", []):
            self._go_on(cell_index)
        if cell.cell_type != "code" or not cell.source.strip():
            return cell
        if self.skip_cells_with_tag in cell.metadata.get("tags", []):
            return cell
        cell.outputs, self.clear_before_next_output = [], False
        content = self._told(cell.source, cell, cell_index)
        run_sync(self._check_raise_for_error)(cell, cell_index, {"content": content})
        return cell
