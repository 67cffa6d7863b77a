'use strict';
// Jupyter starts this; the kernel itself is compiled from lib/src/notebook/kernel.
let kernel;
try {
  kernel = require('../../../lib/dist/notebook/kernel/jupyterKernel.js');
} catch (error) {
  console.error(`kernel: ${error.message}; run "npm test" or "node setup.mjs" in the project first`);
  process.exit(1);
}
kernel.serveKernel(process.argv[2]).catch((error) => {
  console.error(error);
  process.exit(1);
});
