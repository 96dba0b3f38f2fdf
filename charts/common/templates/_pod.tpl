{{/* What every pod of ours says: as the pod security standard `restricted` wants it, and where it runs. */}}
{{- define "common.pod" -}}
{{- $global := .root.Values.global | default dict -}}
automountServiceAccountToken: {{ .kubernetes | default false }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .uid }}
  runAsGroup: {{ .uid }}
  fsGroup: {{ .uid }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with $global.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $global.priorityClass }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector | default $global.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations | default $global.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if gt (int .values.replicas) 1 }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "common.selector" . | nindent 8 }}
{{- end }}
{{- end }}

{{/* What every container of ours says. */}}
{{- define "common.container" -}}
image: {{ include "common.image" . }}
imagePullPolicy: IfNotPresent
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml .values.resources | nindent 2 }}
{{- end }}

{{/* Folders that it writes to, each empty at start: `scratch`, a list of paths. */}}
{{- define "common.scratchMounts" -}}
{{- range $i, $path := .scratch -}}
{{ if $i }}{{ "\n" }}{{ end -}}
- name: scratch-{{ $i }}
  mountPath: {{ $path }}
{{- end }}
{{- end }}

{{- define "common.scratchVolumes" -}}
{{- $limit := .values.scratch | default "1Gi" -}}
{{- range $i, $path := .scratch -}}
{{ if $i }}{{ "\n" }}{{ end -}}
- name: scratch-{{ $i }}
  emptyDir:
    sizeLimit: {{ $limit }}
{{- end }}
{{- end }}

{{/* A changed setting is a new pod: the hash of the files that `settings` names, as rendered. */}}
{{- define "common.settingsHash" -}}
{{- $all := list }}
{{- $root := .root }}
{{- range .settings }}
{{- $all = append $all (include (print $root.Template.BasePath "/" .) $root) }}
{{- end -}}
casparian.io/settings: {{ join "" $all | sha256sum | trunc 16 }}
{{- end }}
