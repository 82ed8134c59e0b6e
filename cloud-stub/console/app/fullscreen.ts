/** Full screen for any picture, and on phones that know it for videos only, for those. */

/** Safari on phones: not in the standard. */
type VideoOnly = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

export const canFillScreen = (video?: VideoOnly): boolean =>
  document.fullscreenEnabled || video?.webkitEnterFullscreen !== undefined;

export function toggleFullscreen(element: HTMLElement, video?: VideoOnly): void {
  if (!document.fullscreenEnabled) {
    video?.webkitEnterFullscreen?.();
    return;
  }
  const change =
    document.fullscreenElement === null ? element.requestFullscreen() : document.exitFullscreen();
  change.catch(() => {}); // refused without a gesture: the picture stays where it is
}
