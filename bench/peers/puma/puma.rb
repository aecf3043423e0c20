# A cluster that can restart by phases: the app is loaded by each worker, so a new one has the new code.
bind "tcp://127.0.0.1:#{ENV.fetch('PORT')}"
workers Integer(ENV.fetch('WORKERS'))
threads 8, 8
preload_app! false
persistent_timeout 65
