# nomad job run examples/site.nomad.hcl
#
# The same as examples/deployment.yaml for Nomad: two allocations, each a container with foster as PID 1 (docs/orchestrators.md).
job "site" {
  type = "service"

  group "site" {
    count = 2

    network {
      port "http" { to = 80 }
    }

    service {
      name     = "site"
      port     = "http"
      provider = "nomad"

      check {
        type     = "http"
        path     = "/"
        interval = "10s"
        timeout  = "2s"
      }
    }

    # Nomad restarts the task when foster exits: if an essential job has failed for good, or if foster itself fails.
    restart {
      attempts = 3
      interval = "10m"
      delay    = "15s"
      mode     = "fail"
    }

    task "site" {
      driver = "docker"

      config {
        image = "foster-example"
        args  = ["--stop-budget", "30"]
        ports = ["http"]

        mount {
          type   = "bind"
          source = "local/jobs"
          target = "/etc/foster"
        }
      }

      # TERM is an ordered shutdown; Nomad kills what is left after kill_timeout.
      kill_signal  = "SIGTERM"
      kill_timeout = "40s"

      template {
        destination = "local/jobs/nginx.ini"
        # foster reads it at once; `foster restart nginx` takes it
        change_mode = "noop"
        data        = <<JOB
start on = startup
exec = /usr/sbin/nginx
respawn = true
JOB
      }

      resources {
        cpu    = 100
        memory = 192
      }
    }
  }
}
