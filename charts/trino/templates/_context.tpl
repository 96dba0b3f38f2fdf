{{- define "trino.shared" -}}
uid: 1000
port: 8080
ports: [8080]
scratch: [/tmp, /data/trino]
{{- end }}

{{- define "trino.properties" -}}
{{- range $name, $value := . }}
{{ $name }}={{ $value }}
{{- end }}
{{- end }}

{{/* config.properties of either kind of node. */}}
{{- define "trino.config" -}}
{{- $own := dict
  "coordinator" (.coordinator | toString)
  "http-server.http.port" "8080"
  "discovery.uri" (ternary "http://localhost:8080" "http://trino:8080" .coordinator)
  "internal-communication.shared-secret" "${ENV:TRINO_SHARED_SECRET}"
  "query.max-memory-per-node" .values.queryMemory
  "memory.heap-headroom-per-node" "200MB"
  "catalog.management" "static"
  "shutdown.grace-period" "5s"
}}
{{- if .coordinator }}
{{- $_ := set $own "node-scheduler.include-coordinator" (.values.works | toString) }}
{{- $_ := set $own "http-server.authentication.insecure.user-mapping.pattern" "(casparian)" }}
{{- $_ := set $own "web-ui.enabled" "false" }}
{{- end }}
{{- include "trino.properties" $own }}
{{- end }}

{{/* Variables that the settings name. */}}
{{- define "trino.environment" -}}
{{ include "common.secretEnvironment" (dict "name" "TRINO_SHARED_SECRET" "secret" "casparian-trino" "key" "shared-secret") }}
{{ include "common.secretEnvironment" (dict "name" "TRINO_POSTGRES_PASSWORD" "secret" "casparian-postgres" "key" "reader-password") }}
{{ include "common.s3Environment" . }}
{{- end }}

{{- define "trino.volumeMounts" -}}
{{ include "common.scratchMounts" . }}
- name: settings
  mountPath: /etc/trino
# Groups, rules and queues Trino looks for below the folder that it runs in, and goes without where they are not there.
- name: settings
  mountPath: /data/trino/etc
{{- end }}

{{/* Who asked bash for it: HTTP without a client, which the image has not. */}}
{{- define "trino.started" -}}
exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /v1/info HTTP/1.0\r\n\r\n' >&3 && grep -q '"starting":false' <&3
{{- end }}
