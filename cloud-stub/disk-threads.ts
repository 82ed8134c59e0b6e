/**
 * How many files are worked on at once, to be imported before all else: libuv reads it once, when the first is asked
 * for. A sweep overwrites and syncs a key file for each clip; of four syncs abreast, which is what libuv has, the disk
 * makes four flushes, of sixteen hardly more, and the sweep takes half the time or less.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '16';
