{{/* The image's whole name. Its tag is of the environment's versions.yaml, unless the chart's values say one. */}}
{{- define "common.image" -}}
{{- $global := .root.Values.global | default dict -}}
{{- $image := .image | default .root.Values.image -}}
{{- $named := get ($global.images | default dict) $image.name -}}
{{- $tag := required (printf "global.images.%s: say the image's tag, as argocd/envs/<env>/versions.yaml does" $image.name) ($image.tag | default $named) -}}
{{ $image.registry | default $global.registry | default "ghcr.io/casparian" }}/{{ $image.name }}:{{ $tag }}
{{- end }}
