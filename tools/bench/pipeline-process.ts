/** The pipeline over a footage against ffmpeg alone, in a process that did nothing before: `doorbell score` is one. */
import { comparePipeline } from './pipeline.ts';

const [footage = '', rounds = '9'] = process.argv.slice(2);
console.log(JSON.stringify(await comparePipeline(footage, Number(rounds))));
