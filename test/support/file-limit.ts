// Processes for which the disk is full: their files may have so many bytes at most.

/** Command and operands that run Node with `args`. Writes beyond `bytes`, in whole KiB, fail with EFBIG. */
export function nodeWithFileLimit(bytes: number, args: readonly string[]): readonly [string, string[]] {
  // bash counts in blocks of 1,024 bytes; without the trap the signal of the limit would end the process
  const limited = `trap '' XFSZ; ulimit -f ${Math.ceil(bytes / 1024)}; exec "$0" "$@"`
  return ['bash', ['-c', limited, process.execPath, ...args]]
}
