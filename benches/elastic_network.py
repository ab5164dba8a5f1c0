"""ProDy beside elastic_network.rs: ANM of enolase, build to covariance. Needs `pip install prody`."""
import json
import os
import time

import numpy as np
import prody

prody.confProDy(verbosity="none")
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "../tests/golden/prody/3enl.json")) as f:
    positions = np.array(json.load(f)["ca"])
times = []
for _ in range(5):
    start = time.perf_counter()
    anm = prody.ANM()
    anm.buildHessian(positions, cutoff=15.0)
    anm.calcModes(None)
    anm.getCovariance()
    times.append(time.perf_counter() - start)
print(f"ProDy {prody.__version__}: fastest {min(times):.3f} s, median {np.median(times):.3f} s")
