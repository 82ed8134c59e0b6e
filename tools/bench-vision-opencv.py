"""Frames a second of CPU time of OpenCV's background subtractors, one thread: FILE WIDTH HEIGHT, raw luma frames."""
import json
import sys
import time

import cv2
import numpy

cv2.setNumThreads(1)
path, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
frames = numpy.fromfile(path, numpy.uint8).reshape(-1, height, width)
makers = {
    "MOG2": lambda: cv2.createBackgroundSubtractorMOG2(detectShadows=False),
    "KNN": lambda: cv2.createBackgroundSubtractorKNN(detectShadows=False),
}
if hasattr(cv2, "bgsegm"):
    makers["CNT"] = cv2.bgsegm.createBackgroundSubtractorCNT
    makers["GSOC"] = cv2.bgsegm.createBackgroundSubtractorGSOC
rates = {}
for name, make in makers.items():
    subtractor = make()
    count = min(len(frames), 150 if name == "GSOC" else len(frames))
    began = time.process_time()
    for frame in frames[:count]:
        subtractor.apply(frame)
    rates[name] = count / (time.process_time() - began)
print(json.dumps({"version": cv2.__version__, "rates": rates}))
