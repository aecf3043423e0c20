// The master of the recluster peer: its README, and a line that says when a reload is done.
const path = require('path');
const recluster = require('recluster');

const cluster = recluster(path.join(__dirname, 'app.js'), { workers: Number(process.env.WORKERS) });
cluster.run();

process.on('SIGUSR2', () => cluster.reload(() => console.log('reloaded')));
