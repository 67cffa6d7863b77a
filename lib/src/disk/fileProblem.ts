const words: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EACCES: 'access is denied',
  EPERM: 'it is not permitted',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTEMPTY: 'it is a folder that is not empty',
  EEXIST: 'it exists already',
  EMFILE: 'too many files are open',
};

/** What an error of the file system means, in words that do not depend on the platform. */
export function fileProblem(error: unknown): string {
  const { code, message = String(error) } = error as NodeJS.ErrnoException;
  if (code === undefined) return message;
  return code === 'ENOENT' ? words.ENOENT : `${words[code] ?? 'it cannot be used'} (${code})`;
}
