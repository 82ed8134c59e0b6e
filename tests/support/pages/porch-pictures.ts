/** Pictures and a short clip for tests of the page, drawn here, so that no test waits for footage. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { runFfmpeg } from '../footage/test-footage.ts';

/** A porch; `visitorX` from 0 to 1 is where somebody stands, null where nobody does. */
export function porchJpeg(visitorX: number | null, isNight = false): Promise<Buffer> {
  const sky = isNight ? ['#1a2433', '#39465a'] : ['#a9c6de', '#e6ecec'];
  const ground = isNight ? '#2a2f2c' : '#8d8b80';
  const lawn = isNight ? '#1d2a20' : '#6e8a52';
  const x = (visitorX ?? 0) * 1280;
  const visitor = `<g transform="translate(${x} 300)"><ellipse cx="0" cy="385" rx="80" ry="16" fill="#0004"/>
    <path d="M-52 120 Q0 70 52 120 L62 270 H-62 Z" fill="#34506b"/><circle cx="0" cy="60" r="38" fill="#c99c7c"/>
    <path d="M-38 55 Q0 0 38 55 L38 40 Q0-6-38 40Z" fill="#3a2c22"/>
    <rect x="-46" y="265" width="36" height="120" rx="10" fill="#2b2f38"/>
    <rect x="10" y="265" width="36" height="120" rx="10" fill="#2b2f38"/></g>`;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720">
    <defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="${sky[0]}"/>
    <stop offset="1" stop-color="${sky[1]}"/></linearGradient></defs>
    <rect width="1280" height="430" fill="url(#s)"/>
    <rect y="330" width="1280" height="120" fill="${isNight ? '#1f2733' : '#7f9377'}"/>
    <rect y="430" width="1280" height="290" fill="${lawn}"/>
    <path d="M470 720 L600 430 H690 L900 720 Z" fill="${ground}"/>
    <rect x="860" y="190" width="300" height="210" fill="${isNight ? '#3c3a40' : '#cdbfa8'}"/>
    <path d="M840 190 L1010 90 L1180 190Z" fill="${isNight ? '#2c2426' : '#8c5a49'}"/>
    <rect x="920" y="250" width="70" height="70" fill="${isNight ? '#f5d37a' : '#5d7486'}"/>
    <rect x="1050" y="250" width="70" height="150" fill="#5b4636"/>
    <rect width="90" height="720" fill="${isNight ? '#2b2523' : '#a5653f'}"/>
    <rect x="90" width="14" height="720" fill="#0003"/>
    <circle cx="240" cy="300" r="105" fill="${isNight ? '#18241a' : '#4f7a3f'}"/>
    <rect x="228" y="380" width="26" height="110" fill="#4a382a"/>
    ${visitorX === null ? '' : visitor}</svg>`;
  return sharp(Buffer.from(picture)).jpeg({ quality: 78 }).toBuffer();
}

/** A fragmented MP4 of `seconds` at 640x360 with sound, an IDR and a fragment each second. */
export async function porchClip(seconds: number): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'porch-'));
  try {
    const still = path.join(folder, 'porch.jpg');
    const clip = path.join(folder, 'clip.mp4');
    await writeFile(still, await porchJpeg(0.55));
    await runFfmpeg(
      ...['-loop', '1', '-framerate', '15', '-i', still],
      ...['-f', 'lavfi', '-i', `sine=frequency=330:duration=${seconds}`, '-t', String(seconds)],
      ...['-vf', "scale=640:360,drawbox=x='40+30*t':y=150:w=60:h=110:color=black@0.5:t=fill"],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
      ...['-g', '15', '-keyint_min', '15', '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '48k'],
      ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof+skip_trailer', clip],
    );
    return await readFile(clip);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
