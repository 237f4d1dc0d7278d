{{- define "meshseal.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* 50 characters leave room for what is appended. */}}
{{- define "meshseal.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "meshseal.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/*
What is outside of the release's namespace is named after that too, so that a release of the same
name in another namespace has its own: root, suffix. At most 63 characters, which fit a label as
well; where it would be more, a hash of the whole keeps it one of a kind.
*/}}
{{- define "meshseal.wideName" -}}
{{- $both := printf "%s-%s" (include "meshseal.fullname" .root) .root.Release.Namespace -}}
{{- $room := sub 63 (len .suffix) | int -}}
{{- if gt (len $both) $room -}}
{{- $both = printf "%s-%s" ($both | trunc (sub $room 9 | int) | trimSuffix "-") (sha256sum $both | trunc 8) -}}
{{- end -}}
{{- printf "%s%s" $both .suffix -}}
{{- end -}}

{{/* The Role in the system namespace, which is the release's own or another. */}}
{{- define "meshseal.systemRole" -}}
{{- if eq (include "meshseal.systemNamespace" .) .Release.Namespace -}}
{{- include "meshseal.fullname" . -}}
{{- else -}}
{{- include "meshseal.wideName" (dict "root" . "suffix" "") -}}
{{- end -}}
{{- end -}}

{{- define "meshseal.caName" -}}
{{- include "meshseal.wideName" (dict "root" . "suffix" "-ca") -}}
{{- end -}}

{{- define "meshseal.selector" -}}
app.kubernetes.io/name: {{ include "meshseal.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "meshseal.labels" -}}
{{- include "meshseal.labelsAnd" (dict "root" . "more" dict) -}}
{{- end -}}

{{/* Those of every object and more; the chart's own cannot be changed, for it selects by them. */}}
{{- define "meshseal.labelsAnd" -}}
{{- $root := .root -}}
{{- $own := include "meshseal.selector" $root | fromYaml -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- $_ := set $own "app.kubernetes.io/version" $root.Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/part-of" "meshseal" -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- merge $own (deepCopy .more) (deepCopy $root.Values.commonLabels) | toYaml -}}
{{- end -}}

{{- define "meshseal.systemNamespace" -}}
{{- default .Release.Namespace .Values.systemNamespace -}}
{{- end -}}

{{- define "meshseal.serviceAccount" -}}
{{- default (ternary (include "meshseal.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "meshseal.image" -}}
{{- $image := .Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default .Chart.AppVersion $image.tag }}{{ end -}}
{{- end -}}

{{- define "meshseal.adminTokenSecret" -}}
{{- default (printf "%s-admin-token" (include "meshseal.fullname" .)) .Values.admin.token.existingSecret -}}
{{- end -}}

{{- define "meshseal.serverTlsSecret" -}}
{{- default (printf "%s-server-tls" (include "meshseal.fullname" .)) .Values.tls.secretName -}}
{{- end -}}

{{/* Empty where the admin front end shows the server's certificate. */}}
{{- define "meshseal.ownAdminTlsSecret" -}}
{{- if .Values.admin.tls.secretName -}}
{{- .Values.admin.tls.secretName -}}
{{- else if .Values.admin.tls.issuer.name -}}
{{- printf "%s-admin-tls" (include "meshseal.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* An issuer as cert-manager wants it in full, with its own defaults. */}}
{{- define "meshseal.issuerRef" -}}
name: {{ .name }}
kind: {{ default "Issuer" .kind }}
group: {{ default "cert-manager.io" .group }}
{{- end -}}

{{/* The sizes that a key of the CA may have; the first where none is given. */}}
{{- define "meshseal.caSizes" -}}
{{- dict "ECDSA" (list 256 384 521) "RSA" (list 3072 2048 4096) | toJson -}}
{{- end -}}

{{/* The seconds of 2160h, 90m30s or 30d; the schema lets nothing else in. */}}
{{- define "meshseal.seconds" -}}
{{- $units := dict "s" 1 "m" 60 "h" 3600 "d" 86400 "w" 604800 "y" 31536000 -}}
{{- $seconds := 0 -}}
{{- range regexFindAll "[0-9]+[a-z]" . -1 -}}
{{- $seconds = add $seconds (mul (regexFind "[0-9]+" . | int64) (get $units (regexFind "[a-z]" .))) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}

{{/* The issuer of the mesh; empty where there is none. */}}
{{- define "meshseal.meshIssuer" -}}
{{- if .Values.certManager.enabled -}}
{{- include "meshseal.issuerRef" (dict "name" (include "meshseal.caName" .) "kind" "ClusterIssuer") -}}
{{- else if .Values.certManager.issuer.name -}}
{{- include "meshseal.issuerRef" .Values.certManager.issuer -}}
{{- end -}}
{{- end -}}

{{- define "meshseal.adminService" -}}
{{- printf "%s-admin" (include "meshseal.fullname" .) -}}
{{- end -}}

{{/* The names of a Service: root, service. */}}
{{- define "meshseal.serviceNames" -}}
{{- $namespace := .root.Release.Namespace -}}
- {{ .service }}
- {{ .service }}.{{ $namespace }}
- {{ .service }}.{{ $namespace }}.svc
- {{ .service }}.{{ $namespace }}.svc.cluster.local
{{- end -}}

{{/* Only a real API server names kinds, so that without one nothing is missed. */}}
{{- define "meshseal.lacks" -}}
{{- if and (.root.Capabilities.APIVersions.Has "v1/Pod") (not (.root.Capabilities.APIVersions.Has .kind)) -}}yes{{- end -}}
{{- end -}}

{{- define "meshseal.makesMesh" -}}
{{- if and .Values.mesh.create (not (include "meshseal.lacks" (dict "root" . "kind" "kuma.io/v1alpha1/Mesh"))) -}}yes{{- end -}}
{{- end -}}

{{/*
The definition has a status, and the server may write it. One that was applied by hand is found in
the cluster by its annotation, where there is a cluster to ask.
*/}}
{{- define "meshseal.writesStatus" -}}
{{- if or .Values.crds.enabled .Values.crds.applied -}}
yes
{{- else -}}
{{- include "meshseal.isOurDefinition" (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "meshes.kuma.io") -}}
{{- end -}}
{{- end -}}

{{- define "meshseal.isOurDefinition" -}}
{{- if dig "metadata" "annotations" "meshseal.dev/definition" "" . -}}yes{{- end -}}
{{- end -}}
