// The PM2 peer: cluster mode, and the two settings that its page on graceful reloads asks for.
const path = require('path');

module.exports = {
  apps: [{
    name: 'bench',
    script: path.join(__dirname, 'app.js'),
    exec_mode: 'cluster',
    instances: Number(process.env.WORKERS),
    wait_ready: true,
    kill_timeout: 3000,
  }],
};
