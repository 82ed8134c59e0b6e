"""Established motion detectors, frame by frame: `established.py --list`, or NAME WIDTH HEIGHT FRAMES_PER_SECOND.

Reads raw luma frames from stdin; answers each with one byte (0 quiet, 1 motion, 2 the mask alone says) and its mask, a
byte a pixel. OpenCV's subtractors run with their defaults (MOG2 and KNN without their shadow class). `frigate` and
`motion` are those recorders' algorithms as their sources state them, at their default settings.
"""
import json
import sys

import cv2
import numpy

cv2.setNumThreads(1)


class Subtractor:
    def __init__(self, make):
        self.subtractor = make()

    def apply(self, luma):
        return 2, self.subtractor.apply(luma)


class Frigate:
    """improved_motion: stretched contrast, blur, distance from a running average that stands still under motion."""

    def __init__(self, width, height):
        self.height = 100
        self.width = max(1, round(width * self.height / height))
        self.average = numpy.zeros((self.height, self.width), numpy.float32)
        self.ranges = []
        self.calibrating = True
        self.moving = 0

    def apply(self, luma):
        small = cv2.resize(luma, (self.width, self.height), interpolation=cv2.INTER_NEAREST)
        self.ranges = [*self.ranges[-49:], numpy.percentile(small, [4, 96])]
        low, high = numpy.mean(self.ranges, axis=0)
        if high > low:
            stretched = (numpy.clip(small, low, high) - low) / (high - low) * 255
            small = stretched.astype(numpy.uint8)
        small = cv2.GaussianBlur(small, (3, 3), 1)
        delta = cv2.absdiff(small, cv2.convertScaleAbs(self.average))
        mask = cv2.dilate(cv2.threshold(delta, 30, 255, cv2.THRESH_BINARY)[1], None, iterations=1)
        contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2]
        areas = [cv2.contourArea(contour) for contour in contours]
        boxes = sum(area > 10 for area in areas)
        share = sum(areas) / (self.width * self.height)
        if self.calibrating and share < 0.05 and boxes <= 4:
            self.calibrating = False
        elif share > 0.8:
            self.calibrating = True
        self.moving = self.moving + 1 if boxes > 0 else 0
        if self.moving == 0 or self.moving >= 10:
            cv2.accumulateWeighted(small, self.average, 0.2 if self.calibrating else 0.01)
        return int(boxes > 0), cv2.resize(mask, luma.shape[::-1], interpolation=cv2.INTER_NEAREST)


class Motion:
    """Distance from the last quiet picture of each pixel, tuned noise, despeckle EedDl, a count of pixels."""

    def __init__(self, width, height, rate):
        self.threshold = 1500 * width * height / (640 * 480)
        self.hold = max(1, round(10 * rate))
        self.each = max(1, round(rate))
        self.noise, self.frames, self.reference, self.since = 32.0, 0, None, None

    def apply(self, luma):
        if self.reference is None:
            self.reference = luma.copy()
            self.since = numpy.zeros(luma.shape, numpy.int32)
        delta = cv2.absdiff(luma, self.reference)
        changed = delta > self.noise
        mask = cv2.erode(changed.astype(numpy.uint8), numpy.ones((3, 3), numpy.uint8))
        cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
        mask = cv2.dilate(cv2.dilate(cv2.erode(mask, cross), cross), numpy.ones((3, 3), numpy.uint8))
        self.frames += 1
        if self.frames % self.each == 0:
            quiet = delta[~changed]
            self.noise = 4 + (self.noise + (quiet.mean() if quiet.size else 0) * 3) / 2
        self.since[changed] += 1
        released = changed & (self.since > self.hold)
        self.reference[~changed] = luma[~changed]
        self.reference[released] = (self.reference[released] // 2) + (luma[released] // 2)
        self.since[~changed | released] = 0
        return int(mask.sum() > self.threshold), mask * 255


makers = {
    "frigate": Frigate,
    "motion": Motion,
    "mog2": lambda: cv2.createBackgroundSubtractorMOG2(detectShadows=False),
    "knn": lambda: cv2.createBackgroundSubtractorKNN(detectShadows=False),
}
if hasattr(cv2, "bgsegm"):
    makers["cnt"] = cv2.bgsegm.createBackgroundSubtractorCNT
    makers["gsoc"] = cv2.bgsegm.createBackgroundSubtractorGSOC

if sys.argv[1] == "--list":
    print(json.dumps({"version": cv2.__version__, "names": list(makers)}))
    sys.exit(0)
name, width, height, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
if name == "frigate":
    detector = Frigate(width, height)
elif name == "motion":
    detector = Motion(width, height, rate)
else:
    detector = Subtractor(makers[name])
while len(data := sys.stdin.buffer.read(width * height)) == width * height:
    luma = numpy.frombuffer(data, numpy.uint8).reshape(height, width)
    verdict, mask = detector.apply(luma)
    sys.stdout.buffer.write(bytes([verdict]))
    sys.stdout.buffer.write(numpy.ascontiguousarray(mask, numpy.uint8).tobytes())
    sys.stdout.buffer.flush()
