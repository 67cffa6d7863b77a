/** What the kernel says about itself (`kernel_info_reply`). */
export const kernelInfo = {
  protocol_version: '5.3',
  implementation: 'tslab',
  implementation_version: '1.0.22',
  banner: 'TypeScript (tslab)',
  language_info: {
    name: 'typescript',
    version: '5.0.4',
    mimetype: 'text/typescript',
    file_extension: '.ts',
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
  },
};
