"""Files of disks that are not here."""

from __future__ import annotations

import pytest

from grader.sandbox.lane import Lane

from ..programs import called, started


def test_files_of_a_drive_that_is_not_here(lane: Lane) -> None:
    """A file that was saved there can be read again; a file that nobody saved is missing."""
    remote = started(
        lane,
        "import os, pickle, torch\nfrom pathlib import Path\nimport numpy as np",
        "torch.save({'a': torch.ones(2)}, '/content/drive/MyDrive/t2/net.pt')",
        "os.makedirs('/kaggle/working/models', exist_ok=True); os.makedirs('/kaggle/working/models', exist_ok=True)",
        "with open('/kaggle/working/models/log.txt', 'a') as file: print('x', file=file)",
        "np.save('missing_folder/values.npy', np.ones(3)); Path('/content/drive/My Drive/x').mkdir(parents=True)",
        "Path('/content/drive/My Drive/x/y.txt').write_text('y')",
        "def read():\n    return [float(torch.load('/content/drive/MyDrive/t2/net.pt')['a'].sum()),"
        " open('/kaggle/working/models/log.txt').read(), os.listdir('/kaggle/working/models'),"
        " float(np.load('missing_folder/values.npy').sum()), Path('/content/drive/My Drive/x/y.txt').read_text(),"
        " os.path.exists('/content/drive/MyDrive/t2'), os.path.exists('/content/drive/other')]",
        "def absent(): return open('/content/drive/absent')",
    )
    assert remote.load_errors == ()
    assert called(remote, "read") == [2.0, "x\n", ["log.txt"], 3.0, "y", True, False]
    with pytest.raises(Exception, match=r"FileNotFoundError.*'/content/drive/absent'"):
        called(remote, "absent")
